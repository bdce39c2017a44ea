//! opendal: one operator for many stores; the service that it is built from says which.

use super::act::{self, Act, Open, Operate, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;

const OPERATOR: &str = "opendal::Operator";
const READ: Operate =
    Operate { kind: "object", technology: "", writes: false, key: Where::Argument(0), give: "opendal::Result" };
const WRITE: Operate = Operate { writes: true, ..READ };
const READS: &[&str] = &[
    "read",
    "read_with",
    "reader",
    "reader_with",
    "stat",
    "stat_with",
    "exists",
    "list",
    "list_with",
    "lister",
    "lister_with",
    "check",
];
const WRITES: &[&str] = &[
    "write",
    "write_with",
    "writer",
    "writer_with",
    "delete",
    "delete_with",
    "delete_iter",
    "delete_stream",
    "deleter",
    "remove_all",
    "create_dir",
    "copy",
    "rename",
];

/// Stores by the type of their service: kind and technology. Files and memory are none.
const SERVICES: &[(&str, &str, &str)] = &[
    ("S3", "object", "s3"),
    ("Gcs", "object", "gcs"),
    ("Azblob", "object", "azure-blob"),
    ("Azdls", "object", "azure-blob"),
    ("Oss", "object", "oss"),
    ("Cos", "object", "cos"),
    ("Obs", "object", "obs"),
    ("B2", "object", "b2"),
    ("Redis", "cache", "redis"),
    ("Memcached", "cache", "memcached"),
    ("Postgresql", "sql", "postgres"),
    ("Mysql", "sql", "mysql"),
    ("Mongodb", "document", "mongodb"),
    ("Gridfs", "document", "mongodb"),
];

/// Operators.
pub static LIBRARY: Library = Library {
    name: "opendal",
    crates: &["opendal"],
    apis: &[
        api("Operator", &["new", "from_config"], Act::Custom(operator)),
        api("OperatorBuilder", &["finish", "*"], Act::Same),
        api("Operator", &["finish", "layer", "with_context", "clone", "blocking"], Act::Same),
        api("Operator", READS, Act::Operate(READ)),
        api("Operator", WRITES, Act::Operate(WRITE)),
        api("BlockingOperator", READS, Act::Operate(READ)),
        api("BlockingOperator", WRITES, Act::Operate(WRITE)),
        api("*", &["bucket", "container", "root", "endpoint", "region"], Act::Same),
        api("*", &["default"], Act::Custom(service)),
    ],
    macros: &[],
};

/// `S3::default()`: the service itself.
fn service(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val::of(call.owner.clone()))
}

fn operator(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let service = call.arguments.first().map(|argument| argument.val.ty.clone()).unwrap_or_default();
    let name = service.extern_name().map_or("", |(_, name)| name).trim_end_matches("Config").to_owned();
    match SERVICES.iter().find(|(known, _, _)| *known == name) {
        Some((_, kind, technology)) => {
            let open = Open { kind, technology, address: Where::Nowhere, give: OPERATOR, lazy: true, pool: false };
            Some(act::open(eval, library, &open, call))
        }
        None => {
            run_steps(eval, call);
            Some(Val::of(Ty::of(OPERATOR)))
        }
    }
}

//! Iceberg REST catalogs: iceberg-catalog-rest.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const NAME: &str = "iceberg-catalog-rest";
const OPEN: Open = Open {
    kind: "http",
    technology: "http",
    address: Where::Argument(0),
    give: "iceberg_catalog_rest::RestCatalog",
    lazy: true,
    pool: false,
};

/// iceberg-catalog-rest, and the trait of catalogs of iceberg.
pub static LIBRARY: Library = Library {
    name: NAME,
    crates: &["iceberg_catalog_rest", "iceberg"],
    apis: &[
        api("RestCatalogConfig", &["builder"], Act::Give("iceberg_catalog_rest::RestCatalogConfigBuilder")),
        api("RestCatalogConfigBuilder", &["uri"], Act::Gather("address")),
        api("RestCatalogConfigBuilder", &["*"], Act::Same),
        api("RestCatalog", &["new"], Act::Custom(open)),
        api("RestCatalogBuilder", &["default"], Act::Give("iceberg_catalog_rest::RestCatalogBuilder")),
        api("RestCatalogBuilder", &["load"], Act::Custom(load)),
        api("RestCatalogBuilder", &["*"], Act::Same),
        api("RestCatalog", OPERATIONS, Act::Custom(request)),
        api("Catalog", OPERATIONS, Act::Custom(request)),
    ],
    macros: &[],
};

const OPERATIONS: &[&str] = &[
    "list_namespaces",
    "create_namespace",
    "get_namespace",
    "namespace_exists",
    "drop_namespace",
    "list_tables",
    "create_table",
    "load_table",
    "drop_table",
    "purge_table",
    "table_exists",
    "rename_table",
    "register_table",
    "update_table",
];

/// Verb and path of an operation (iceberg-catalog-rest 0.10, `catalog.rs`).
fn endpoint(operation: &str) -> Option<(&'static str, &'static str)> {
    Some(match operation {
        "list_namespaces" => ("GET", "namespaces"),
        "create_namespace" => ("POST", "namespaces"),
        "get_namespace" => ("GET", "namespaces/{}"),
        "namespace_exists" => ("HEAD", "namespaces/{}"),
        "drop_namespace" => ("DELETE", "namespaces/{}"),
        "list_tables" => ("GET", "namespaces/{}/tables"),
        "create_table" => ("POST", "namespaces/{}/tables"),
        "load_table" => ("GET", "namespaces/{}/tables/{}"),
        "table_exists" => ("HEAD", "namespaces/{}/tables/{}"),
        "drop_table" | "purge_table" => ("DELETE", "namespaces/{}/tables/{}"),
        "update_table" => ("POST", "namespaces/{}/tables/{}"),
        "rename_table" => ("POST", "tables/rename"),
        "register_table" => ("POST", "namespaces/{}/register"),
        _ => return None,
    })
}

/// `RestCatalog::new(config)`: it asks for the settings of the server before its first request.
fn open(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let client = act::open(eval, library, &OPEN, call);
    asked(eval, &client, "GET", &Value::Text("config".to_owned()), call);
    Some(client)
}

/// `RestCatalogBuilder::default().load(name, properties)`: the address is one of the properties.
fn load(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let client = act::open(eval, library, &Open { address: Where::Gathered("address"), ..OPEN }, call);
    asked(eval, &client, "GET", &Value::Text("config".to_owned()), call);
    Some(client)
}

fn request(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let client = call.receiver.as_ref()?.val.clone();
    let rest = matches!(&call.owner, Ty::Extern(path, _) if path.ends_with("RestCatalog"))
        || client.clients.iter().any(|spec| spec.library == NAME);
    if !rest {
        return None;
    }
    let (verb, path) = endpoint(&call.name)?;
    run_steps(eval, call);
    // The prefix is one of the settings of the server.
    asked(eval, &client, verb, &with_holes(&format!("{{}}/{path}")), call);
    Some(Val::default())
}

/// A path whose `{}` are data: names of namespaces and tables.
fn with_holes(path: &str) -> Value {
    let mut parts = Vec::new();
    for (index, text) in path.split("{}").enumerate() {
        if index > 0 {
            parts.push(Value::Unknown("a name that is data".to_owned()));
        }
        parts.push(Value::Text(text.to_owned()));
    }
    concat(parts)
}

fn asked(eval: &mut Eval<'_, '_>, client: &Val, verb: &str, path: &Value, call: &LibraryCall) {
    let server = match client.clients.as_slice() {
        [client] => client.address.clone(),
        _ => Value::Unknown("known only when it runs".to_owned()),
    };
    let url = concat(vec![server, Value::Text("/v1/".to_owned()), path.clone()]);
    eval.effect(What::Http { verb: verb.to_owned(), url }, NAME, client.clients.clone(), call.at, &call.want);
}

//! Object stores: object_store, google-cloud-storage.

use super::act::{self, Act, Open, Operate, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::facts::Value;

const READ: Operate =
    Operate { kind: "object", technology: "", writes: false, key: Where::Argument(0), give: "object_store::Result" };
const WRITE: Operate = Operate { writes: true, ..READ };
const READS: &[&str] =
    &["get", "get_opts", "get_range", "get_ranges", "head", "list", "list_with_delimiter", "list_with_offset"];
const WRITES: &[&str] = &[
    "put",
    "put_opts",
    "put_multipart",
    "put_multipart_opts",
    "delete",
    "delete_stream",
    "copy",
    "rename",
    "copy_if_not_exists",
    "rename_if_not_exists",
];

/// Object stores. Files of the own machine and of memory are none.
pub static LIBRARY: Library = Library {
    name: "object_store",
    crates: &["object_store"],
    apis: &[
        api("AmazonS3Builder", &["new", "from_env", "default"], Act::Give("object_store::AmazonS3Builder")),
        api(
            "GoogleCloudStorageBuilder",
            &["new", "from_env", "default"],
            Act::Give("object_store::GoogleCloudStorageBuilder"),
        ),
        api("MicrosoftAzureBuilder", &["new", "from_env", "default"], Act::Give("object_store::MicrosoftAzureBuilder")),
        api("*", &["with_bucket_name", "with_container_name"], Act::Gather("bucket")),
        api("*", &["with_url", "with_endpoint"], Act::Gather("address")),
        api("AmazonS3Builder", &["build"], Act::Custom(build)),
        api("GoogleCloudStorageBuilder", &["build"], Act::Custom(build)),
        api("MicrosoftAzureBuilder", &["build"], Act::Custom(build)),
        api("AmazonS3Builder", &["*"], Act::Same),
        api("GoogleCloudStorageBuilder", &["*"], Act::Same),
        api("MicrosoftAzureBuilder", &["*"], Act::Same),
        api("", &["parse_url", "parse_url_opts"], Act::Custom(build)),
        api("ObjectStore", READS, Act::Operate(READ)),
        api("ObjectStore", WRITES, Act::Operate(WRITE)),
        api("AmazonS3", READS, Act::Operate(READ)),
        api("AmazonS3", WRITES, Act::Operate(WRITE)),
        api("GoogleCloudStorage", READS, Act::Operate(READ)),
        api("GoogleCloudStorage", WRITES, Act::Operate(WRITE)),
        api("MicrosoftAzure", READS, Act::Operate(READ)),
        api("MicrosoftAzure", WRITES, Act::Operate(WRITE)),
    ],
    macros: &[],
};

fn build(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let name = call.owner.extern_name().map_or("", |(_, name)| name).to_owned();
    let (technology, give) = match name.as_str() {
        "AmazonS3Builder" => ("s3", "object_store::AmazonS3"),
        "GoogleCloudStorageBuilder" => ("gcs", "object_store::GoogleCloudStorage"),
        "MicrosoftAzureBuilder" => ("azure-blob", "object_store::MicrosoftAzure"),
        _ => ("object", "object_store::ObjectStore"),
    };
    let address = if call.receiver.is_some() { Where::Receiver } else { Where::Argument(0) };
    let open = Open { kind: "object", technology, address, give, lazy: true, pool: false };
    if call.receiver.is_none() {
        // A store, and the path in it.
        let store = act::open(eval, library, &open, call);
        let parts = [store.clone(), Val::default()];
        return Some(Val { parts: Some(parts.into()), ..store });
    }
    let bucket = call.receiver.as_ref().and_then(|receiver| receiver.val.gathered("bucket")).cloned();
    if let (Some(bucket), Some(receiver)) = (bucket, call.receiver.as_mut()) {
        if matches!(bucket, Value::Unknown(_)) {
            return Some(act::open(eval, library, &open, call));
        }
        let at = eval.place(call.at);
        receiver.val = std::mem::take(&mut receiver.val).with_option("bucket", bucket, at);
    }
    Some(act::open(eval, library, &open, call))
}

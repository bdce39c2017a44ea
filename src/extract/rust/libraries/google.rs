//! Google Cloud: google-cloud-pubsub, google-cloud-spanner and google-cloud-storage.

use super::act::{self, Act, Open, Operate, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

const OPEN: Open = Open {
    kind: "broker",
    technology: "gcp-pubsub",
    address: Where::Nowhere,
    give: "google_cloud_pubsub::Client",
    lazy: false,
    pool: false,
};
const STORAGE: Open = Open { kind: "object", technology: "gcs", give: "google_cloud_storage::StorageClient", ..OPEN };
const READ: Operate = Operate {
    kind: "object",
    technology: "gcs",
    writes: false,
    key: Where::Nowhere,
    give: "google_cloud_storage::Result",
};
const WRITE: Operate = Operate { writes: true, ..READ };

/// Pub/Sub.
pub static PUBSUB: Library = Library {
    name: "google-cloud-pubsub",
    crates: &["google_cloud_pubsub", "gcloud_pubsub"],
    apis: &[
        api("Client", &["new", "default"], Act::Open(OPEN)),
        api("Client", &["topic", "create_topic"], Act::Gather("topic")),
        api("Client", &["new_publisher"], Act::Same),
        api(
            "Client",
            &["publish", "publish_bulk", "publish_immediately"],
            Act::Publish("gcp-pubsub", Where::Gathered("topic")),
        ),
        api("Client", &["subscription", "create_subscription"], Act::Gather("subscription")),
        api(
            "Client",
            &["receive", "subscribe", "pull"],
            Act::Consume("gcp-pubsub", Where::Gathered("subscription"), Where::Gathered("subscription")),
        ),
        // Types that are named in fields and signatures.
        api(
            "Subscription",
            &["receive", "subscribe", "pull"],
            Act::Consume("gcp-pubsub", Where::Gathered("subscription"), Where::Gathered("subscription")),
        ),
        api("Topic", &["new_publisher"], Act::Same),
        api("Topic", &["publish", "publish_bulk"], Act::Publish("gcp-pubsub", Where::Gathered("topic"))),
        api(
            "Publisher",
            &["publish", "publish_bulk", "publish_immediately"],
            Act::Publish("gcp-pubsub", Where::Gathered("topic")),
        ),
    ],
    macros: &[],
};

const DATABASE: &str = "google_cloud_spanner::Client";
const SPANNER: Open =
    Open { kind: "sql", technology: "spanner", address: Where::Argument(0), give: DATABASE, lazy: false, pool: false };
const QUERIES: &[&str] = &["query", "query_with_option", "update", "update_with_option", "partitioned_update"];
const ROWS: Operate = Operate {
    kind: "sql",
    technology: "spanner",
    writes: false,
    key: Where::Argument(0),
    give: "google_cloud_spanner::Rows",
};
const MUTATE: Operate = Operate { writes: true, key: Where::Nowhere, give: "google_cloud_spanner::Result", ..ROWS };

/// Spanner. A closure that is given a transaction is followed with its client.
pub static SPANNER_LIBRARY: Library = Library {
    name: "google-cloud-spanner",
    crates: &["google_cloud_spanner", "gcloud_spanner"],
    apis: &[
        api("Client", &["new"], Act::Open(SPANNER)),
        api("Client", &["apply", "apply_with_option", "apply_at_least_once"], Act::Operate(MUTATE)),
        api(
            "Client",
            &[
                "single",
                "single_with_timestamp_bound",
                "read_only_transaction",
                "read_only_transaction_with_option",
                "batch_read_only_transaction",
                "begin_read_write_transaction",
            ],
            Act::Give("google_cloud_spanner::Transaction"),
        ),
        api("Statement", &["new"], Act::Pass(0)),
        api("*", QUERIES, Act::Custom(query)),
        api("*", &["read", "read_row", "read_with_option"], Act::Operate(ROWS)),
        api("*", &["buffer_write"], Act::Operate(MUTATE)),
    ],
    macros: &[],
};

/// `transaction.query(Statement::new("SELECT …"))`
fn query(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let receiver = call.receiver.as_ref()?.val.clone();
    run_steps(eval, call);
    let text = act::text(call, Where::Argument(0));
    let id = eval.sql(library.name, "spanner", text, receiver.clients, call.at, &call.want);
    eval.set_option(id, "fetch", Value::Text(call.name.clone()));
    Some(Val::of(Ty::of("google_cloud_spanner::Rows")))
}

/// Cloud Storage.
pub static STORE: Library = Library {
    name: "google-cloud-storage",
    crates: &["google_cloud_storage", "gcloud_storage"],
    apis: &[
        api("Client", &["new", "default"], Act::Open(STORAGE)),
        api(
            "StorageClient",
            &["upload_object", "delete_object", "insert_bucket", "rewrite_object", "prepare_resumable_upload"],
            Act::Operate(WRITE),
        ),
        api(
            "StorageClient",
            &["download_object", "get_object", "list_objects", "download_streamed_object", "signed_url"],
            Act::Operate(READ),
        ),
        api("Client", &["upload_object", "delete_object", "insert_bucket", "rewrite_object"], Act::Operate(WRITE)),
        api(
            "Client",
            &["download_object", "get_object", "list_objects", "download_streamed_object"],
            Act::Operate(READ),
        ),
    ],
    macros: &[],
};

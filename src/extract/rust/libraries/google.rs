//! Google Cloud: google-cloud-pubsub and google-cloud-storage.

use super::act::{Act, Open, Operate, Where};
use super::{Library, api};

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

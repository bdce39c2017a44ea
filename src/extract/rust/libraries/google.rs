//! Google Cloud: google-cloud-pubsub and google-cloud-storage. Spanner stands by itself.

use super::act::{self, Act, Open, Operate, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

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
        // google-cloud-pubsub 1 is Google's own: publishers are made for a topic, subscribers for all subscriptions.
        api("Publisher", &["builder"], Act::Custom(publisher)),
        api("PublisherBuilder", &["build"], Act::Custom(opened)),
        api("PublisherBuilder", &["*"], Act::Same),
        api("BasePublisher", &["builder"], Act::Give("google_cloud_pubsub::BasePublisherBuilder")),
        api("BasePublisherBuilder", &["build"], Act::Open(Open { give: "google_cloud_pubsub::BasePublisher", ..OPEN })),
        api("BasePublisherBuilder", &["*"], Act::Same),
        api("BasePublisher", &["publisher"], Act::Custom(publisher)),
        api("PublisherPartialBuilder", &["build"], Act::Give("google_cloud_pubsub::Publisher")),
        api("PublisherPartialBuilder", &["*"], Act::Same),
        api("Subscriber", &["builder"], Act::Give("google_cloud_pubsub::SubscriberBuilder")),
        api("SubscriberBuilder", &["build"], Act::Open(Open { give: "google_cloud_pubsub::Subscriber", ..OPEN })),
        api("SubscriberBuilder", &["*"], Act::Same),
        api("Subscriber", &["subscribe"], Act::Custom(subscribed)),
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
        // google-cloud-storage 1 is Google's own: a client of objects, and one for the rest, which is not read.
        api("Storage", &["builder"], Act::Give("google_cloud_storage::StorageBuilder")),
        api("StorageBuilder", &["build"], Act::Open(Open { give: "google_cloud_storage::Storage", ..STORAGE })),
        api("StorageBuilder", &["*"], Act::Same),
        api("Storage", &["write_object", "open_appendable_object"], Act::Custom(object)),
        api("Storage", &["read_object", "open_object"], Act::Custom(object)),
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

/// `Publisher::builder(topic)`, `base.publisher(topic)`
fn publisher(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let topic = last_part(act::text(call, Where::Argument(0)));
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    let ty = if call.name == "builder" { "PublisherBuilder" } else { "PublisherPartialBuilder" };
    Some(receiver.typed(Ty::of(&format!("google_cloud_pubsub::{ty}"))).with_text("topic", topic))
}

/// `subscriber.subscribe("projects/p/subscriptions/s")`
fn subscribed(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let topic = last_part(act::text(call, Where::Argument(0)));
    let what =
        What::Consume { technology: "gcp-pubsub".to_owned(), group: topic.clone(), topic, payload: String::new() };
    eval.effect(what, library.name, receiver.clients.clone(), call.at, &call.want);
    Some(receiver)
}

/// The name at the end of a path of resources, a URL or an ARN.
pub fn last_part(path: Value) -> Value {
    match path {
        Value::Text(text) => Value::Text(text.rsplit(['/', ':']).next().unwrap_or(&text).to_owned()),
        other => other,
    }
}

/// A publisher is a client of its topic.
fn opened(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let topic = act::text(call, Where::Gathered("topic"));
    let val = act::open(eval, library, &Open { give: "google_cloud_pubsub::Publisher", ..OPEN }, call);
    Some(val.with_text("topic", topic))
}

/// `client.read_object("projects/_/buckets/photos", "a.png")`: the bucket is the last part of its path.
fn object(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let bucket = last_part(act::text(call, Where::Argument(0)));
    let writes = matches!(call.name.as_str(), "write_object" | "open_appendable_object");
    let what = What::Store {
        kind: "object".to_owned(),
        technology: "gcs".to_owned(),
        operation: call.name.clone(),
        writes,
        key: bucket.clone(),
    };
    let id = eval.effect(what, library.name, receiver.clients, call.at, &call.want);
    eval.set_option(id, "bucket", bucket);
    Some(Val::of(Ty::of("google_cloud_storage::Result")))
}

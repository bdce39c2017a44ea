//! omniqueue: one interface for queues of several brokers.

use std::sync::Arc;

use super::act::{self, Act, Where, run_steps};
use super::{LITERAL, Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const BUILDER: &str = "omniqueue::QueueBuilder";
const PRODUCER: &str = "omniqueue::DynProducer";
const CONSUMER: &str = "omniqueue::DynConsumer";
const SENDS: &[&str] = &[
    "send_raw",
    "send_bytes",
    "send_serde_json",
    "send_custom",
    "send_raw_scheduled",
    "send_bytes_scheduled",
    "send_serde_json_scheduled",
    "send_custom_scheduled",
    "send_raw_batch",
    "send_serde_json_batch",
];

/// omniqueue.
pub static LIBRARY: Library = Library {
    name: "omniqueue",
    crates: &["omniqueue"],
    apis: &[
        api("RedisConfig", &[LITERAL], Act::Custom(config)),
        api("RabbitMqConfig", &[LITERAL], Act::Custom(config)),
        api("SqsConfig", &[LITERAL], Act::Custom(config)),
        api("GcpPubSubConfig", &[LITERAL], Act::Custom(config)),
        api("RedisBackend", &["builder", "cluster_builder", "sentinel_builder"], Act::Custom(builder)),
        api("RabbitMqBackend", &["builder"], Act::Custom(builder)),
        api("SqsBackend", &["builder"], Act::Custom(builder)),
        api("GcpPubSubBackend", &["builder"], Act::Custom(builder)),
        api("QueueBuilder", &["build_pair"], Act::Custom(pair)),
        api("QueueBuilder", &["build_producer"], Act::Give(PRODUCER)),
        api("QueueBuilder", &["build_consumer"], Act::Give(CONSUMER)),
        api("QueueBuilder", &["*"], Act::Same),
        api("*", &["into_dyn", "into_dyn_scheduled"], Act::Same),
        api("*", SENDS, Act::Custom(send)),
        api("*", &["receive", "receive_all"], Act::Custom(receive)),
    ],
    macros: &[],
};

/// `RedisConfig { queue_key: "orders".into(), … }`: which queue is written and read, and as which group.
fn config(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = Val::of(call.owner.clone());
    for field in &call.arguments {
        let value = field.val.value_or("known only when it runs");
        let names: &[&'static str] = match field.name.as_deref() {
            // A stream is written and read by the same key.
            Some("queue_key" | "queue_dsn") => &["written", "read"],
            // Messages go to the exchange; the default one hands them to the queue of the routing key's name.
            Some("publish_exchange") if value.as_text() != Some("") => &["written"],
            Some("publish_routing_key") if val.gathered("written").is_none() => &["written"],
            Some("topic_id") => &["written"],
            Some("consume_queue") => &["read"],
            Some("subscription_id") => &["read", "group"],
            Some("consumer_group") => &["group"],
            _ => &[],
        };
        for name in names {
            val = val.with_text(name, value.clone());
        }
    }
    Some(val)
}

/// `RedisBackend::builder(config)`
fn builder(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let technology = match call.owner.extern_name()?.1 {
        "RedisBackend" => "redis",
        "RabbitMqBackend" => "rabbitmq",
        "SqsBackend" => "sqs",
        _ => "gcp-pubsub",
    };
    let mut val = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    // `SqsBackend::builder(queue_dsn)`
    if let Some(name) = val.value.take().filter(|_| technology == "sqs") {
        val = val.with_text("written", name.clone()).with_text("read", name);
    }
    Some(val.typed(Ty::of(BUILDER)).with_text("technology", Value::Text(technology.to_owned())))
}

fn pair(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let queue = call.receiver.as_ref()?.val.clone();
    let ends = [queue.clone().typed(Ty::of(PRODUCER)), queue.clone().typed(Ty::of(CONSUMER))];
    Some(Val { parts: Some(Arc::from(ends)), ..queue })
}

/// The broker and the queue, and nothing where the broker is not known: what the type may be is not what it is.
fn queue(call: &LibraryCall, end: &'static str) -> Option<(String, Value)> {
    let technology = call.receiver.as_ref()?.val.gathered("technology")?.as_text()?.to_owned();
    let name = act::text(call, Where::Gathered(end));
    let name = match name {
        // The address of an SQS queue ends in its name.
        Value::Text(address) if technology == "sqs" => {
            Value::Text(address.rsplit('/').next().unwrap_or(&address).to_owned())
        }
        name => name,
    };
    Some((technology, name))
}

fn send(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let (technology, topic) = queue(call, "written")?;
    run_steps(eval, call);
    let what = What::Publish { technology, topic, payload: String::new() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

fn receive(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let (technology, topic) = queue(call, "read")?;
    run_steps(eval, call);
    let group = call.receiver.as_ref()?.val.gathered("group").cloned().unwrap_or(Value::Absent);
    let what = What::Consume { technology, topic, group, payload: String::new() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

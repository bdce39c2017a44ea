//! Kafka through rdkafka.

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Spec, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::{TOPIC_OF_A_MESSAGE, What};

const CONFIG: &str = "rdkafka::ClientConfig";

/// rdkafka.
pub static LIBRARY: Library = Library {
    name: "rdkafka",
    crates: &["rdkafka"],
    apis: &[
        api("ClientConfig", &["new", "default"], Act::Give(CONFIG)),
        api("ClientConfig", &["set"], Act::Pair),
        api("ClientConfig", &["create", "create_with_context"], Act::Custom(create)),
        api("ClientConfig", &["*"], Act::Same),
        api("FutureRecord", &["to"], Act::Custom(record)),
        api("BaseRecord", &["to", "with_opaque_to"], Act::Custom(record)),
        api("FutureRecord", &["topic"], Act::Gather("topic")),
        api("BaseRecord", &["topic"], Act::Gather("topic")),
        api("FutureRecord", &["key"], Act::Set("keyed", super::Unit::Flag)),
        api("BaseRecord", &["key"], Act::Set("keyed", super::Unit::Flag)),
        api("FutureRecord", &["*"], Act::Same),
        api("BaseRecord", &["*"], Act::Same),
        api("FutureProducer", &["send", "send_result"], Act::Custom(send)),
        api("ThreadedProducer", &["send"], Act::Custom(send)),
        api("BaseProducer", &["send"], Act::Custom(send)),
        api("FutureProducer", &["flush"], Act::Custom(flush)),
        api("ThreadedProducer", &["flush"], Act::Custom(flush)),
        api("BaseProducer", &["flush"], Act::Custom(flush)),
        api("StreamConsumer", &["subscribe", "assign"], Act::Custom(subscribe)),
        api("BaseConsumer", &["subscribe", "assign"], Act::Custom(subscribe)),
        api("StreamConsumer", &["recv", "stream", "start"], Act::Custom(receive)),
        api("BaseConsumer", &["poll", "iter"], Act::Custom(receive)),
        api(
            "StreamConsumer",
            &[
                "commit_message",
                "commit",
                "store_offset_from_message",
                "store_offset",
                "commit_consumer_state",
                "store_offsets",
            ],
            Act::Custom(acknowledge),
        ),
        api(
            "BaseConsumer",
            &["commit_message", "commit", "store_offset_from_message", "store_offset", "commit_consumer_state"],
            Act::Custom(acknowledge),
        ),
        api("Message", &["topic"], Act::Custom(came_from)),
        api("BorrowedMessage", &["topic"], Act::Custom(came_from)),
        api("OwnedMessage", &["topic"], Act::Custom(came_from)),
        api("NewTopic", &["*"], Act::Same),
        api("TopicPartitionList", &["new", "with_capacity"], Act::Give("rdkafka::TopicPartitionList")),
        api(
            "TopicPartitionList",
            &["add_partition", "add_partition_offset", "add_topic_unassigned"],
            Act::Gather("address"),
        ),
    ],
    macros: &[],
};

/// `config.create::<FutureProducer>()`: the type that is made says what it is.
fn create(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let ty = call
        .generics
        .first()
        .filter(|ty| !ty.is_unknown())
        .or(call.want.expected.as_ref())
        .cloned()
        .unwrap_or_default();
    let name = ty.extern_name().map_or("", |(_, name)| name).to_owned();
    let kind = match name.as_str() {
        "FutureProducer" | "ThreadedProducer" | "BaseProducer" => "producer",
        "AdminClient" => "admin",
        _ => "consumer",
    };
    let receiver = call.receiver.as_ref()?.val.clone();
    let build = receiver.build.map(|build| (*build).clone()).unwrap_or_default();
    let address = build.options.get("bootstrap.servers").map_or(Value::Absent, |(value, _)| value.clone());
    let at = eval.place(call.at);
    let spec = std::sync::Arc::new(Spec {
        key: vec![at.clone()],
        kind,
        technology: "kafka".to_owned(),
        library: library.name.to_owned(),
        address,
        contract: None,
        build,
        lazy: true,
        pool: false,
        per_worker: eval.is_per_worker(),
        at,
    });
    let give =
        if name.is_empty() { "rdkafka::consumer::StreamConsumer".to_owned() } else { format!("rdkafka::{name}") };
    Some(act::built(eval, spec, &give, call))
}

/// `FutureRecord::to("topic")`
fn record(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let topic = act::text(call, Where::Argument(0));
    let mut val = Val::of(Ty::of("rdkafka::producer::FutureRecord")).with_text("topic", topic);
    let mut build = val.build.as_deref().cloned().unwrap_or_default();
    build.at = Some(eval.place(call.at));
    val.build = Some(std::sync::Arc::new(build));
    Some(val)
}

fn send(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let record = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let topic =
        record.gathered("topic").cloned().unwrap_or_else(|| Value::Unknown("the record is made elsewhere".to_owned()));
    let what = What::Publish { technology: "kafka".to_owned(), topic, payload: String::new() };
    let id = eval.effect(what, library.name, clients, call.at, &call.want);
    if let Some(build) = &record.build {
        for (option, (value, _)) in &build.options {
            let value = eval.known(value);
            eval.set_option(id, option, value);
        }
    }
    Some(Val::default())
}

fn flush(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    eval.effect(What::Flush { target: "kafka".to_owned() }, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

fn subscribe(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let topic = act::text(call, Where::Argument(0));
    let mut groups = receiver
        .clients
        .iter()
        .filter_map(|spec| spec.build.options.get("group.id"))
        .map(|(value, _)| eval.known(value));
    let first = groups.next().unwrap_or(Value::Absent);
    // Whoever takes partitions by name joins no group, though the library wants one to be named.
    let group = if call.name == "assign" { Value::Absent } else { groups.fold(first, Value::or) };
    let what = What::Consume { technology: "kafka".to_owned(), topic, group, payload: String::new() };
    eval.effect(what, library.name, receiver.clients.clone(), call.at, &call.want);
    Some(Val::default())
}

fn receive(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    eval.effect(What::Receive { technology: "kafka".to_owned() }, library.name, clients, call.at, &call.want);
    let message = Ty::of("rdkafka::Message");
    Some(Val::of(if matches!(call.name.as_str(), "stream" | "start" | "iter") { message.stream() } else { message }))
}

/// `message.topic()`: one of those that the service consumes.
fn came_from(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val { value: Some(Value::Unknown(TOPIC_OF_A_MESSAGE.to_owned())), ..Val::of(Ty::of("str")) })
}

fn acknowledge(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let what = What::Acknowledge { technology: "kafka".to_owned(), operation: call.name.clone() };
    eval.effect(what, library.name, clients, call.at, &call.want);
    Some(Val::default())
}

//! NATS: async-nats, core and JetStream.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const OPEN: Open = Open {
    kind: "broker",
    technology: "nats",
    address: Where::Argument(0),
    give: "async_nats::Client",
    lazy: false,
    pool: false,
};

/// async-nats.
pub static LIBRARY: Library = Library {
    name: "async-nats",
    crates: &["async_nats", "nats"],
    apis: &[
        api("", &["connect", "connect_with_options"], Act::Open(OPEN)),
        api("ConnectOptions", &["connect"], Act::Open(OPEN)),
        api("ConnectOptions", &["*"], Act::Same),
        api(
            "Client",
            &["publish", "publish_with_headers", "publish_with_reply", "request"],
            Act::Publish("nats", Where::Argument(0)),
        ),
        api("Client", &["subscribe"], Act::Consume("nats", Where::Argument(0), Where::Nowhere)),
        api("Client", &["queue_subscribe"], Act::Consume("nats", Where::Argument(0), Where::Argument(1))),
        api("", &["new", "with_domain", "with_prefix"], Act::Custom(context)),
        api("Context", &["publish", "publish_with_headers", "send_publish"], Act::Custom(stored)),
        api("Context", &["get_stream", "get_or_create_stream", "create_stream"], Act::Custom(stream)),
        api("Context", &["create_consumer_on_stream", "get_consumer_from_stream"], Act::Custom(consumer)),
        api(
            "Stream",
            &["get_consumer", "get_or_create_consumer", "create_consumer", "create_consumer_strict", "update_consumer"],
            Act::Custom(consumer),
        ),
        api("Config", &["durable_name", "name"], Act::Gather("name")),
        api("Config", &["filter_subject", "filter_subjects"], Act::Gather("subject")),
        api("Consumer", &["messages", "fetch", "batch", "stream", "sequence"], Act::Custom(messages)),
        api("Consumer", &["*"], Act::Same),
        api("Message", &["ack", "ack_with", "double_ack"], Act::Custom(acknowledge)),
    ],
    macros: &[],
};

/// `jetstream::new(client)`
fn context(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.owner.extern_name().is_none_or(|(_, name)| name != "jetstream") {
        return None;
    }
    run_steps(eval, call);
    let client = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(client.typed(Ty::of("async_nats::Context")))
}

/// A message that a stream keeps.
fn stored(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let topic = act::text(call, Where::Argument(0));
    let what = What::Publish { technology: "nats".to_owned(), topic, payload: String::new() };
    let id = eval.effect(what, library.name, receiver.clients, call.at, &call.want);
    eval.set_option(id, "stream", Value::Bool(true));
    Some(Val::default())
}

/// A stream, by its name or its settings.
fn stream(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let given = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let name = given.gathered("name").cloned().or(given.value);
    let val = receiver.typed(Ty::of("async_nats::Stream"));
    Some(match name {
        Some(name) => val.with_text("stream", name),
        None => val,
    })
}

/// A consumer of a stream, by its name or its settings: which subjects it takes is in its settings; without them, all of
/// the stream, which its name stands for.
fn consumer(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let setting = |name: &str| call.arguments.iter().find_map(|argument| argument.val.gathered(name)).cloned();
    // `(config, stream)`, `(name, stream)` of a context; `(name, config)`, `(name)`, `(config)` of a stream.
    let on_stream = call.name.ends_with("_stream");
    let stream =
        if on_stream { Some(act::text(call, Where::Argument(1))) } else { receiver.gathered("stream").cloned() };
    let named = call.arguments.first().and_then(|argument| argument.val.value.clone());
    let group = setting("name").or(named).unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    let topic = setting("subject").or(stream).unwrap_or_else(|| Value::Unknown("all subjects of a stream".to_owned()));
    let what = What::Consume { technology: "nats".to_owned(), topic, group, payload: String::new() };
    let id = eval.effect(what, library.name, receiver.clients.clone(), call.at, &call.want);
    eval.set_option(id, "stream", Value::Bool(true));
    Some(Val { build: None, ..receiver }.typed(Ty::of("async_nats::Consumer")))
}

/// `consumer.messages()`, `consumer.fetch().max_messages(10).messages()`
fn messages(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let is_builder = matches!(call.name.as_str(), "fetch" | "batch" | "stream");
    Some(receiver.typed(if is_builder { Ty::of("async_nats::Consumer") } else { Ty::of("async_nats::Message").list() }))
}

fn acknowledge(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let what = What::Acknowledge { technology: "nats".to_owned(), operation: call.name.clone() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

//! NATS: async-nats, core and JetStream.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
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
        api("Context", &["get_stream", "get_or_create_stream", "create_stream"], Act::Give("async_nats::Stream")),
        api("Stream", &["get_consumer", "get_or_create_consumer", "create_consumer"], Act::Custom(consumer)),
        api("Consumer", &["messages", "fetch", "batch", "stream", "sequence"], Act::Same),
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
    Some(client.typed(crate::extract::rust::types::Ty::of("async_nats::Context")))
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

/// A consumer of a stream: which subjects it takes is in its settings; without them, all of the stream.
fn consumer(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let group = act::text(call, Where::Argument(0));
    let topic =
        receiver.gathered("subject").cloned().unwrap_or_else(|| Value::Unknown("all subjects of a stream".to_owned()));
    let what = What::Consume { technology: "nats".to_owned(), topic, group, payload: String::new() };
    let id = eval.effect(what, library.name, receiver.clients.clone(), call.at, &call.want);
    eval.set_option(id, "stream", Value::Bool(true));
    Some(receiver.typed(crate::extract::rust::types::Ty::of("async_nats::Consumer")))
}

fn acknowledge(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let what = What::Acknowledge { technology: "nats".to_owned(), operation: call.name.clone() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

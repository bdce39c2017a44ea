//! Apache Pulsar: pulsar.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::rust::What;

const OPEN: Open = Open {
    kind: "broker",
    technology: "pulsar",
    address: Where::Receiver,
    give: "pulsar::Pulsar",
    lazy: false,
    pool: false,
};

/// pulsar.
pub static LIBRARY: Library = Library {
    name: "pulsar",
    crates: &["pulsar"],
    apis: &[
        api("Pulsar", &["builder"], Act::Custom(builder)),
        api("PulsarBuilder", &["build"], Act::Open(OPEN)),
        api("PulsarBuilder", &["*"], Act::Same),
        api("Pulsar", &["producer"], Act::Give("pulsar::ProducerBuilder")),
        api("ProducerBuilder", &["with_topic"], Act::Gather("topic")),
        api("ProducerBuilder", &["build"], Act::Give("pulsar::Producer")),
        api("ProducerBuilder", &["*"], Act::Same),
        api("Producer", &["send", "send_non_blocking", "send_all"], Act::Publish("pulsar", Where::Gathered("topic"))),
        api(
            "MultiTopicProducer",
            &["send", "send_non_blocking", "send_all"],
            Act::Publish("pulsar", Where::Argument(0)),
        ),
        api("Pulsar", &["consumer"], Act::Give("pulsar::ConsumerBuilder")),
        api("ConsumerBuilder", &["with_topic", "with_topics", "with_topic_regex"], Act::Gather("topic")),
        api("ConsumerBuilder", &["with_subscription"], Act::Gather("group")),
        api("ConsumerBuilder", &["build"], Act::Consume("pulsar", Where::Gathered("topic"), Where::Gathered("group"))),
        api("ConsumerBuilder", &["*"], Act::Same),
        api("ProducerBuilder", &["build_multi_topic"], Act::Give("pulsar::MultiTopicProducer")),
        api("Producer", &["create_message"], Act::Give("pulsar::MessageBuilder")),
        api("MessageBuilder", &["send", "send_non_blocking"], Act::Publish("pulsar", Where::Gathered("topic"))),
        api("MessageBuilder", &["*"], Act::Same),
        api(
            "ConsumerBuilder",
            &["ack", "ack_with_id", "cumulative_ack", "cumulative_ack_with_id", "nack", "nack_with_id"],
            Act::Custom(acknowledge),
        ),
        api(
            "Consumer",
            &["ack", "ack_with_id", "cumulative_ack", "cumulative_ack_with_id", "nack", "nack_with_id"],
            Act::Custom(acknowledge),
        ),
    ],
    macros: &[],
};

/// `Pulsar::builder(address, executor)`
fn builder(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Argument(0));
    Some(Val::of(Ty::of("pulsar::PulsarBuilder")).with_text("address", address))
}

fn acknowledge(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let what = What::Acknowledge { technology: "pulsar".to_owned(), operation: call.name.clone() };
    eval.effect(what, library.name, clients, call.at, &call.want);
    Some(Val::default())
}

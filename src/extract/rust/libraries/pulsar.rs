//! Apache Pulsar: pulsar.

use super::act::{Act, Open, Where};
use super::{Library, api};

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
        api("Pulsar", &["builder"], Act::Give("pulsar::PulsarBuilder")),
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
    ],
    macros: &[],
};

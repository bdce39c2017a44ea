//! Logs of messages of smaller brokers: fluvio, and the streams of RabbitMQ.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;

const FLUVIO: Open = Open {
    kind: "broker",
    technology: "fluvio",
    address: Where::Nowhere,
    give: "fluvio::Fluvio",
    lazy: false,
    pool: false,
};

const RABBITMQ: Open = Open {
    kind: "broker",
    technology: "rabbitmq",
    address: Where::Receiver,
    give: "rabbitmq_stream_client::Environment",
    lazy: false,
    pool: false,
};

/// fluvio.
pub static FLUVIO_LIBRARY: Library = Library {
    name: "fluvio",
    crates: &["fluvio"],
    apis: &[
        api("Fluvio", &["connect", "connect_with_config"], Act::Open(FLUVIO)),
        api("Fluvio", &["topic_producer", "topic_producer_with_config"], Act::Custom(producer)),
        api("TopicProducer", &["send", "send_all"], Act::Publish("fluvio", Where::Gathered("topic"))),
        api("TopicProducerPool", &["send", "send_all"], Act::Publish("fluvio", Where::Gathered("topic"))),
        api("Fluvio", &["partition_consumer", "consumer"], Act::Consume("fluvio", Where::Argument(0), Where::Nowhere)),
        api("Fluvio", &["consumer_with_config"], Act::Consume("fluvio", Where::Nowhere, Where::Nowhere)),
        api(
            "PartitionConsumer",
            &["stream", "stream_with_config"],
            Act::Consume("fluvio", Where::Gathered("topic"), Where::Nowhere),
        ),
    ],
    macros: &[],
};

/// rabbitmq-stream-client.
pub static RABBITMQ_LIBRARY: Library = Library {
    name: "rabbitmq-stream-client",
    crates: &["rabbitmq_stream_client"],
    apis: &[
        api("Environment", &["builder"], Act::Give("rabbitmq_stream_client::EnvironmentBuilder")),
        api("EnvironmentBuilder", &["host"], Act::Gather("address")),
        api("EnvironmentBuilder", &["build"], Act::Open(RABBITMQ)),
        api("EnvironmentBuilder", &["*"], Act::Same),
        api("Environment", &["consumer"], Act::Give("rabbitmq_stream_client::ConsumerBuilder")),
        api("ConsumerBuilder", &["build"], Act::Consume("rabbitmq", Where::Argument(0), Where::Nowhere)),
        api("ConsumerBuilder", &["*"], Act::Same),
        api("Environment", &["producer"], Act::Give("rabbitmq_stream_client::ProducerBuilder")),
        api("ProducerBuilder", &["build"], Act::Custom(stream_producer)),
        api("ProducerBuilder", &["*"], Act::Same),
        api(
            "Producer",
            &["send", "send_with_confirm", "batch_send", "batch_send_with_confirm"],
            Act::Publish("rabbitmq", Where::Gathered("topic")),
        ),
    ],
    macros: &[],
};

/// `fluvio.topic_producer(topic)`
fn producer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    writing(eval, call, "fluvio::TopicProducer")
}

/// `environment.producer().build(stream)`
fn stream_producer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    writing(eval, call, "rabbitmq_stream_client::Producer")
}

fn writing(eval: &mut Eval<'_, '_>, call: &mut LibraryCall, ty: &str) -> Option<Val> {
    run_steps(eval, call);
    let topic = act::text(call, Where::Argument(0));
    let receiver = call.receiver.as_ref()?.val.clone();
    Some(receiver.with_text("topic", topic).typed(Ty::of(ty)))
}

use std::time::Duration;

use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message};

/// What a handler is given, and where it came from.
pub struct Received {
    topic: String,
    pub value: Vec<u8>,
}

impl Received {
    fn new(message: &BorrowedMessage<'_>) -> Self {
        Self { topic: message.topic().to_owned(), value: message.payload().unwrap_or_default().to_vec() }
    }
}

/// Hands each message to the handler; what it does not take goes to the dead letters of its topic.
pub async fn run(brokers: &str, group: &str, topics: &[&str], handle: impl Fn(&Received) -> bool) -> anyhow::Result<()> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .create()?;
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    consumer.subscribe(topics)?;
    loop {
        let message = consumer.recv().await?;
        let received = Received::new(&message);
        if !handle(&received) {
            let aside = format!("{}.{group}.dead-letter", received.topic);
            let record = FutureRecord::to(&aside).key("").payload(&received.value);
            producer.send(record, Duration::from_secs(5)).await.map_err(|(error, _)| error)?;
        }
        consumer.commit_message(&message, CommitMode::Async)?;
    }
}

use futures::StreamExt;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use shared::Event;

struct Settings {
    brokers: String,
    group: String,
}

impl Settings {
    fn load() -> Self {
        Self {
            brokers: std::env::var("KAFKA_BROKERS").expect("KAFKA_BROKERS"),
            group: std::env::var("GROUP").unwrap_or("billing".into()),
        }
    }
}

#[tokio::main]
async fn main() {
    let settings = Settings::load();
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", settings.brokers)
        .set("group.id", settings.group)
        .set("enable.auto.commit", "false")
        .create()
        .expect("a consumer");
    let topics: Vec<String> = vec![Event::OrderPlaced, Event::OrderPaid].iter().map(|event| event.topic()).collect();
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    consumer.subscribe(&names).expect("a subscription");
    let mut stream = consumer.stream();
    while let Some(message) = stream.next().await {
        if let Ok(message) = message {
            consumer.commit_message(&message, CommitMode::Async).ok();
        }
    }
}

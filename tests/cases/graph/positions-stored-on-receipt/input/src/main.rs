use rdkafka::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};

#[tokio::main]
async fn main() {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", "kafka:9092")
        .set("group.id", "mailer")
        .create()
        .unwrap();
    consumer.subscribe(&["orders.v1"]).unwrap();
    let client = reqwest::Client::new();
    loop {
        let message = consumer.recv().await.unwrap();
        client.post("https://mail.example/send").send().await.unwrap();
    }
}

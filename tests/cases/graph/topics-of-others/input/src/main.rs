//! Both topics have their other end outside of the project; of a third one nobody says who reads it.

use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};

#[tokio::main]
async fn main() {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", "kafka:9092").set("group.id", "orders").set("enable.auto.commit", "false");
    let consumer: StreamConsumer = config.create().unwrap();
    let producer: FutureProducer = config.create().unwrap();
    consumer.subscribe(&["cdc.customers"]).unwrap();
    loop {
        let message = consumer.recv().await.unwrap();
        println!("{message:?}");
        for topic in ["orders.placed.v1", "orders.lost.v1"] {
            let record = FutureRecord::to(topic).key("1").payload("order");
            producer.send(record, std::time::Duration::from_secs(1)).await.unwrap();
        }
    }
}

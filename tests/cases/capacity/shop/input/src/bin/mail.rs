use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};

#[tokio::main]
async fn main() {
    let cache = redis::Client::open("redis://cache:6379").unwrap();
    let mut cache = cache.get_multiplexed_async_connection().await.unwrap();
    let consumer: StreamConsumer =
        ClientConfig::new().set("bootstrap.servers", "kafka:9092").set("group.id", "mail").create().unwrap();
    consumer.subscribe(&["orders"]).unwrap();
    loop {
        let message = consumer.recv().await.unwrap();
        let _: Option<String> = redis::cmd("GET").arg(message.offset()).query_async(&mut cache).await.ok();
    }
}

use rdkafka::Message;

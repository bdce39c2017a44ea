//! The events of orders.

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde::Serialize;

const TOPIC: &str = "shop.orders.v1";
const DELIVERY_LIMIT: Duration = Duration::from_secs(1);

/// An order was placed.
#[derive(Serialize)]
pub struct OrderPlaced {
    /// Which one.
    pub order_id: i64,
    /// By whom.
    pub customer_id: String,
    /// For how much.
    pub total_cents: i64,
}

/// A producer that loses and doubles nothing.
pub fn producer(brokers: &str) -> anyhow::Result<FutureProducer> {
    Ok(ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("message.timeout.ms", "1000")
        .create()?)
}

/// Publishes, and waits until the brokers have it.
pub async fn publish(producer: &FutureProducer, event: &OrderPlaced) -> anyhow::Result<()> {
    let payload = serde_json::to_vec(event)?;
    let record = FutureRecord::to(TOPIC).key(&event.customer_id).payload(&payload);
    producer.send(record, DELIVERY_LIMIT).await.map_err(|(error, _)| error)?;
    Ok(())
}

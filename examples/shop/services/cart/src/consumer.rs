//! Empties the carts of customers whose order was placed.

use anyhow::Context;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Message;
use serde::Deserialize;
use sqlx::PgPool;

const TOPIC: &str = "shop.orders.v1";

#[derive(Deserialize)]
struct OrderPlaced {
    customer_id: String,
}

/// Consumes until something fails.
pub async fn run(pool: PgPool, brokers: String) -> anyhow::Result<()> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &brokers)
        .set("group.id", "cart")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "true")
        .create()?;
    consumer.subscribe(&[TOPIC])?;
    loop {
        let message = consumer.recv().await?;
        let payload = message.payload().context("an order event without payload")?;
        match serde_json::from_slice::<OrderPlaced>(payload) {
            Ok(event) => {
                sqlx::query("DELETE FROM cart_items WHERE customer_id = $1")
                    .bind(event.customer_id)
                    .execute(&pool)
                    .await?;
            }
            Err(error) => tracing::warn!(%error, "an event that cannot be read is skipped"),
        }
    }
}

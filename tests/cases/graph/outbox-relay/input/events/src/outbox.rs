use std::time::Duration;

use rdkafka::producer::{FutureProducer, FutureRecord};
use sqlx::{PgConnection, PgPool};

/// Adds an event in the transaction of the change.
pub async fn add(transaction: &mut PgConnection, topic: &'static str, key: &str, payload: &[u8]) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO outbox (topic, key, payload) VALUES ($1, $2, $3)")
        .bind(topic)
        .bind(key)
        .bind(payload)
        .execute(transaction)
        .await?;
    Ok(())
}

struct Pending {
    id: i64,
    topic: String,
    key: String,
    payload: Vec<u8>,
}

/// Publishes what is there.
pub async fn relay(pool: PgPool, producer: FutureProducer) -> anyhow::Result<()> {
    loop {
        let batch = sqlx::query_as!(Pending, "SELECT id, topic, key, payload FROM outbox ORDER BY id LIMIT 100")
            .fetch_all(&pool)
            .await?;
        for event in &batch {
            let record = FutureRecord::to(&event.topic).key(&event.key).payload(&event.payload);
            producer.send(record, Duration::from_secs(5)).await.map_err(|(error, _)| error)?;
        }
        let ids: Vec<i64> = batch.iter().map(|event| event.id).collect();
        sqlx::query("DELETE FROM outbox WHERE id = ANY($1)").bind(&ids).execute(&pool).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

//! Notes of which events were applied, for consumers whose effects are in PostgreSQL.
//!
//! The table is part of the migrations of each service that uses this; the README has it.

use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PURGE_PERIOD: Duration = Duration::from_secs(10 * 60);
const PURGE_BATCH: i64 = 500;

/// Notes that `consumer` applies the event, in the transaction of the effect; false when it did before. Where another transaction
/// is applying the same event, it waits for the end of that one.
///
/// # Errors
/// As a query fails.
pub async fn first_time(transaction: &mut PgConnection, consumer: &str, event_id: Uuid) -> sqlx::Result<bool> {
    let noted = sqlx::query!(
        "INSERT INTO applied_events (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        consumer,
        event_id
    )
    .execute(transaction)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Deletes notes that are older than `keep` until `stop` is cancelled. `keep` is longer than topics keep events. Every replica
/// may run it. A failure is logged and the next round tries again.
pub async fn purge(pool: PgPool, keep: Duration, stop: CancellationToken) {
    loop {
        // Random, so that replicas that were started together do not come together.
        let pause = rand::random_range(PURGE_PERIOD / 2..PURGE_PERIOD);
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        match stop.run_until_cancelled(purge_older(&pool, keep)).await {
            None => return,
            Some(Ok(0)) => {}
            Some(Ok(count)) => tracing::debug!(count, "notes of applied events purged"),
            Some(Err(error)) => tracing::warn!(%error, "notes of applied events could not be purged"),
        }
    }
}

/// One round of [`purge`], in batches so that no statement runs or locks for long. Gives the number of deleted notes.
///
/// # Errors
/// As a query fails; what was deleted before stays so.
pub async fn purge_older(pool: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let mut count = 0;
    loop {
        let deleted = sqlx::query!(
            "DELETE FROM applied_events WHERE (consumer, event_id) IN (
                 SELECT consumer, event_id FROM applied_events
                 WHERE apply_time < now() - make_interval(secs => $1)
                 ORDER BY apply_time LIMIT $2 FOR UPDATE SKIP LOCKED
             )",
            keep.as_secs_f64(),
            PURGE_BATCH
        )
        .execute(pool)
        .await?
        .rows_affected();
        count += deleted;
        if deleted < PURGE_BATCH.unsigned_abs() {
            return Ok(count);
        }
    }
}

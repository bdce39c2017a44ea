//! Removes what is older than it is kept, in batches so that no statement runs or locks for long.

use std::time::Duration;

use social_database::Result;

use super::Store;

/// How long things are kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    pub notifications: Duration,
    pub dead_letters: Duration,
}

const BATCH: i64 = 500;

impl Store {
    /// Removes some of each. Whether there may be more.
    pub async fn purge(&self, retention: Retention) -> Result<bool> {
        let removed = [
            self.purge_notifications(retention.notifications).await?,
            self.purge_dead_letters(retention.dead_letters).await?,
            self.purge_told().await?,
            self.purge_sources().await?,
            self.purge_graph().await?,
            self.purge_erased().await?,
        ];
        Ok(removed.into_iter().any(|count| count >= BATCH.unsigned_abs()))
    }

    async fn purge_notifications(&self, keep: Duration) -> Result<u64> {
        let removed = sqlx::query!(
            "DELETE FROM notifications WHERE notification_id IN (
                 SELECT notification_id FROM notifications WHERE create_time < now() - make_interval(secs => $1)
                 ORDER BY create_time LIMIT $2 FOR UPDATE SKIP LOCKED
             )",
            keep.as_secs_f64(),
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(removed.rows_affected())
    }

    async fn purge_dead_letters(&self, keep: Duration) -> Result<u64> {
        let removed = sqlx::query!(
            "DELETE FROM dead_letters WHERE dead_letter_id IN (
                 SELECT dead_letter_id FROM dead_letters WHERE fail_time < now() - make_interval(secs => $1)
                 ORDER BY fail_time LIMIT $2 FOR UPDATE SKIP LOCKED
             )",
            keep.as_secs_f64(),
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(removed.rows_affected())
    }

    async fn purge_told(&self) -> Result<u64> {
        let removed = sqlx::query!(
            "DELETE FROM told WHERE (recipient_id, dedupe_key) IN (
                 SELECT recipient_id, dedupe_key FROM told WHERE expire_time < now()
                 ORDER BY expire_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(removed.rows_affected())
    }

    /// Records from which nothing can be pushed any more: pushes live for a day.
    async fn purge_sources(&self) -> Result<u64> {
        let removed = sqlx::query!(
            "DELETE FROM sources WHERE source_id IN (
                 SELECT source_id FROM sources WHERE create_time < now() - interval '2 days'
                 ORDER BY create_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(removed.rows_affected())
    }

    /// Edges that ended so long ago that no earlier change of them can come any more.
    async fn purge_graph(&self) -> Result<u64> {
        let followers = sqlx::query!(
            "DELETE FROM followers WHERE (followee_id, follower_id) IN (
                 SELECT followee_id, follower_id FROM followers
                 WHERE NOT follows AND change_time < now() - interval '30 days'
                 ORDER BY change_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?;
        let blocks = sqlx::query!(
            "DELETE FROM blocks WHERE (blocker_id, blocked_id) IN (
                 SELECT blocker_id, blocked_id FROM blocks
                 WHERE NOT blocks AND change_time < now() - interval '30 days'
                 ORDER BY change_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(followers.rows_affected().max(blocks.rows_affected()))
    }

    /// Accounts that ended so long ago that no event can name them any more.
    async fn purge_erased(&self) -> Result<u64> {
        let removed = sqlx::query!(
            "DELETE FROM erased WHERE user_id IN (
                 SELECT user_id FROM erased WHERE sweep_time IS NULL AND erase_time < now() - interval '30 days'
                 ORDER BY erase_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(removed.rows_affected())
    }
}

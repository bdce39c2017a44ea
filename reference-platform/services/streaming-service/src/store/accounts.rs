//! Accounts that are deleted: their streams end, are shown to nobody, and what is personal is erased.

use social_database::{Result, retry};
use social_events::applied;
use uuid::Uuid;

use super::Store;
use super::commands::{Open, lock_owner};
use crate::domain::{EndReason, MAX_OPEN_STREAMS};

/// Under this name it is noted which events were applied.
const CONSUMER: &str = "streaming-service";

impl Store {
    /// Ends and hides the streams of an account and has them erased soon; its chat messages are erased now. Once for each event. Gives
    /// the streams that ended.
    pub async fn delete_account(&self, event_id: Uuid, account_id: Uuid) -> Result<Vec<Uuid>> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if !applied::first_time(&mut transaction, CONSUMER, event_id).await? {
                return Ok(Vec::new());
            }
            lock_owner(&mut transaction, account_id).await?;
            sqlx::query!(
                "INSERT INTO deleted_accounts (account_id) VALUES ($1) ON CONFLICT (account_id) DO NOTHING",
                account_id
            )
            .execute(&mut *transaction)
            .await?;
            sqlx::query!("DELETE FROM chat_messages WHERE sender_id = $1", account_id)
                .execute(&mut *transaction)
                .await?;
            sqlx::query!("DELETE FROM stored_answers WHERE account_id = $1", account_id)
                .execute(&mut *transaction)
                .await?;
            sqlx::query!(
                "INSERT INTO recordings (stream_id, purge_time)
                 SELECT stream_id, now() FROM stream_events WHERE owner_id = $1 AND kind = 'created'
                 ON CONFLICT (stream_id) DO UPDATE SET purge_time = excluded.purge_time",
                account_id
            )
            .execute(&mut *transaction)
            .await?;
            // No more than an owner may have, so each is locked and ended by itself.
            let open = sqlx::query_as!(
                Open,
                r#"SELECT stream_id, owner_id, key_hash, ingest_id, last_segment, longest_ms, discontinuities,
                          lost_time IS NOT NULL AS "is_lost!"
                   FROM open_streams WHERE owner_id = $1 ORDER BY stream_id LIMIT $2 FOR UPDATE"#,
                account_id,
                MAX_OPEN_STREAMS
            )
            .fetch_all(&mut *transaction)
            .await?;
            for stream in &open {
                self.end(&mut transaction, stream, EndReason::AccountDeleted).await?;
            }
            transaction.commit().await?;
            Ok(open.iter().map(|open| open.stream_id).collect())
        })
        .await
    }
}

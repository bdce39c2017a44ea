//! Deletion of rows that nobody needs any more, a batch at a time, so that no statement runs or locks for long. Replicas may do it at
//! the same time: each passes over rows that another one has locked.

use social_database::Result;
use time::OffsetDateTime;

use super::Store;

/// Rows of one statement. A session takes up to some thousand spent tokens with it.
const BATCH: i64 = 500;
const SESSIONS_BATCH: i64 = 20;

impl Store {
    /// Deletes one batch of each kind; tells whether there may be more. `keys_retired_before`: nobody needs those any more.
    pub async fn purge_batch(&self, keys_retired_before: OffsetDateTime) -> Result<bool> {
        let tokens = self.purge_refresh_tokens().await?;
        let codes = self.purge_codes().await?;
        let sessions = self.purge_sessions().await?;
        let keys = self.purge_keys(keys_retired_before).await?;
        metrics::counter!("auth_rows_purged_total").increment(tokens + codes + sessions + keys);
        Ok(tokens == BATCH.unsigned_abs() || codes == BATCH.unsigned_abs() || sessions == SESSIONS_BATCH.unsigned_abs())
    }

    async fn purge_refresh_tokens(&self) -> Result<u64> {
        let deleted = sqlx::query!(
            "DELETE FROM refresh_tokens WHERE token_hash IN (
                 SELECT token_hash FROM refresh_tokens WHERE expire_time < now()
                 ORDER BY expire_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(deleted.rows_affected())
    }

    /// A day after they expired: until then a second use is noticed.
    async fn purge_codes(&self) -> Result<u64> {
        let deleted = sqlx::query!(
            "DELETE FROM authorization_codes WHERE code_hash IN (
                 SELECT code_hash FROM authorization_codes WHERE expire_time < now() - interval '1 day'
                 ORDER BY expire_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(deleted.rows_affected())
    }

    /// A day after they ended. A token of a session that is not there is not valid, so nothing depends on the row.
    async fn purge_sessions(&self) -> Result<u64> {
        let deleted = sqlx::query!(
            "DELETE FROM sessions WHERE session_id IN (
                 SELECT session_id FROM sessions
                 WHERE expire_time < now() - interval '1 day' OR revoke_time < now() - interval '1 day'
                 LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            SESSIONS_BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(deleted.rows_affected())
    }

    async fn purge_keys(&self, retired_before: OffsetDateTime) -> Result<u64> {
        let deleted = sqlx::query!(
            "DELETE FROM signing_keys WHERE kid IN (
                 SELECT kid FROM signing_keys WHERE state = 'retired' AND state_time < $1 ORDER BY state_time LIMIT $2
             )",
            retired_before,
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(deleted.rows_affected())
    }
}

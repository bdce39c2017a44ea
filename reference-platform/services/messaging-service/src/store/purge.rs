//! What nobody can see any more.

use social_database::Result;

use super::Store;

const BATCH: i64 = 500;

impl Store {
    /// Removes messages of abandoned conversations, then these. Gives how many rows went: fewer than before means there is little
    /// left. Replicas do not wait for each other.
    pub async fn purge_batch(&self) -> Result<u64> {
        let messages = sqlx::query!(
            "DELETE FROM messages WHERE message_id IN (
                 SELECT message_id FROM conversations JOIN messages USING (conversation_id)
                 WHERE abandon_time IS NOT NULL LIMIT $1 FOR UPDATE OF messages SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?
        .rows_affected();
        let conversations = sqlx::query!(
            "DELETE FROM conversations WHERE conversation_id IN (
                 SELECT conversation_id FROM conversations AS abandoned
                 WHERE abandon_time IS NOT NULL
                   AND NOT EXISTS (SELECT FROM messages WHERE messages.conversation_id = abandoned.conversation_id)
                 ORDER BY abandon_time LIMIT $1 FOR UPDATE SKIP LOCKED
             )",
            BATCH
        )
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(messages + conversations)
    }
}

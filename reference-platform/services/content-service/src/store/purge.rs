//! Removes what is left of deleted posts.

use social_database::Result;

use super::Store;

/// Deleted posts that are taken in hand at a time.
const POSTS: i64 = 20;
/// Rows of a table that are removed in one transaction.
const ROWS: i64 = 500;

impl Store {
    /// Removes one batch, in one transaction. False when there is nothing to do, or other replicas do it.
    pub async fn purge_batch(&self) -> Result<bool> {
        let mut transaction = self.pool.begin().await?;
        let post_ids = sqlx::query_scalar!(
            "SELECT post_id FROM posts WHERE delete_time IS NOT NULL ORDER BY delete_time LIMIT $1 FOR UPDATE SKIP LOCKED",
            POSTS
        )
        .fetch_all(&mut *transaction)
        .await?;
        if post_ids.is_empty() {
            return Ok(false);
        }
        let comments = sqlx::query!(
            "DELETE FROM comments WHERE comment_id IN (SELECT comment_id FROM comments WHERE post_id = ANY ($1) LIMIT $2)",
            &post_ids,
            ROWS
        )
        .execute(&mut *transaction)
        .await?;
        let reactions = sqlx::query!(
            "DELETE FROM reactions WHERE (post_id, user_id) IN (
                 SELECT post_id, user_id FROM reactions WHERE post_id = ANY ($1) LIMIT $2
             )",
            &post_ids,
            ROWS
        )
        .execute(&mut *transaction)
        .await?;
        if comments.rows_affected() == 0 && reactions.rows_affected() == 0 {
            sqlx::query!("DELETE FROM post_counters WHERE post_id = ANY ($1)", &post_ids)
                .execute(&mut *transaction)
                .await?;
            sqlx::query!("DELETE FROM posts WHERE post_id = ANY ($1)", &post_ids).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

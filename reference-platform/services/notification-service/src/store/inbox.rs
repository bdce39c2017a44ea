//! What a user was told in the application.

use social_database::{Result, timed};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Store;

/// Notifications that are marked as read in one statement.
const BATCH: i64 = 1000;

/// A notification as its recipient sees it.
pub struct Notification {
    pub notification_id: Uuid,
    pub kind: i16,
    pub title: String,
    pub body: String,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub read: bool,
    pub create_time: OffsetDateTime,
}

impl Store {
    /// Notifications of a user before one, newest first.
    pub async fn notifications(&self, user_id: Uuid, before: Uuid, limit: i64) -> Result<Vec<Notification>> {
        let query = sqlx::query_as!(
            Notification,
            r#"SELECT notification_id, kind, title, body, actor_id, subject_id, read_time IS NOT NULL AS "read!", create_time
               FROM notifications WHERE recipient_id = $1 AND in_app AND notification_id < $2
               ORDER BY notification_id DESC LIMIT $3"#,
            user_id,
            before,
            limit
        );
        Ok(timed("notifications.list", query.fetch_all(&self.pool)).await?)
    }

    /// As [`Store::notifications`], without those that were read.
    pub async fn unread_notifications(&self, user_id: Uuid, before: Uuid, limit: i64) -> Result<Vec<Notification>> {
        let query = sqlx::query_as!(
            Notification,
            r#"SELECT notification_id, kind, title, body, actor_id, subject_id, false AS "read!", create_time
               FROM notifications
               WHERE recipient_id = $1 AND in_app AND read_time IS NULL AND notification_id < $2
               ORDER BY notification_id DESC LIMIT $3"#,
            user_id,
            before,
            limit
        );
        Ok(timed("notifications.list_unread", query.fetch_all(&self.pool)).await?)
    }

    /// How many a user has not read.
    pub async fn unread_count(&self, user_id: Uuid) -> Result<i64> {
        let query = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM notifications WHERE recipient_id = $1 AND in_app AND read_time IS NULL"#,
            user_id
        );
        Ok(timed("notifications.count_unread", query.fetch_one(&self.pool)).await?)
    }

    /// Marks what a user was told up to a notification as read, in bounded steps. False when the user has no such notification.
    pub async fn set_read(&self, user_id: Uuid, notification_id: Uuid) -> Result<bool> {
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM notifications WHERE notification_id = $1 AND recipient_id = $2) AS "known!""#,
            notification_id,
            user_id
        )
        .fetch_one(&self.pool)
        .await?;
        if !known {
            return Ok(false);
        }
        loop {
            let marked = sqlx::query!(
                "UPDATE notifications SET read_time = now() WHERE notification_id IN (
                     SELECT notification_id FROM notifications
                     WHERE recipient_id = $1 AND in_app AND read_time IS NULL AND notification_id <= $2
                     ORDER BY notification_id LIMIT $3 FOR UPDATE
                 )",
                user_id,
                notification_id,
                BATCH
            )
            .execute(&self.pool)
            .await?;
            if marked.rows_affected() < BATCH.unsigned_abs() {
                break;
            }
        }
        // One that is only pushed is not in the list, and so not among those.
        sqlx::query!(
            "UPDATE notifications SET read_time = now()
             WHERE notification_id = $1 AND recipient_id = $2 AND read_time IS NULL",
            notification_id,
            user_id
        )
        .execute(&self.pool)
        .await?;
        Ok(true)
    }
}

//! The end of an account. What reaches the user, and says where, goes at once; what can be much is swept in small steps, and comes to
//! nobody's eyes but of those who had it before.

use social_database::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;

/// Notes that an account is gone.
pub(super) async fn begin(tx: &mut PgConnection, user_id: Uuid) -> Result<()> {
    sqlx::query!("INSERT INTO erased (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING", user_id)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM devices WHERE user_id = $1", user_id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM preferences WHERE user_id = $1", user_id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM recipients WHERE user_id = $1", user_id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM fanouts WHERE owner_id = $1", user_id).execute(&mut *tx).await?;
    Ok(())
}

impl Store {
    /// Removes some of what is left of an account that is gone, and gives whose lists are shorter now. `None` when there is nothing
    /// to do.
    pub async fn sweep(&self) -> Result<Option<Vec<Uuid>>> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let user_id = sqlx::query_scalar!(
                "SELECT user_id FROM erased WHERE sweep_time <= now() ORDER BY sweep_time LIMIT 1
                 FOR NO KEY UPDATE SKIP LOCKED"
            )
            .fetch_optional(&mut *tx)
            .await?;
            let Some(user_id) = user_id else { return Ok(None) };
            let notifications = delete_notifications(&mut tx, user_id).await?;
            let rest = delete_rest(&mut tx, user_id).await?;
            if notifications.is_empty() && rest == 0 {
                // A transaction that began before the erasure can still add something: one more look, when all of those are over.
                sqlx::query!(
                    "UPDATE erased SET sweep_time =
                         CASE WHEN erase_time < now() - interval '1 minute' THEN NULL ELSE erase_time + interval '61 seconds' END
                     WHERE user_id = $1",
                    user_id
                )
                .execute(&mut *tx)
                .await?;
            }
            tx.commit().await?;
            Ok(Some(notifications))
        })
        .await
    }
}

/// Notifications to the user and of the user, whose name they hold, with the records that they came from. Gives their recipients.
async fn delete_notifications(tx: &mut PgConnection, user_id: Uuid) -> Result<Vec<Uuid>> {
    let rows = sqlx::query!(
        "WITH gone AS (
             (SELECT notification_id FROM notifications WHERE recipient_id = $1 LIMIT 200)
             UNION
             (SELECT notification_id FROM notifications WHERE actor_id = $1 LIMIT 200)
         )
         DELETE FROM notifications n USING gone WHERE n.notification_id = gone.notification_id
         RETURNING n.recipient_id, n.actor_id, n.source_id",
        user_id
    )
    .fetch_all(&mut *tx)
    .await?;
    let sources: Vec<Uuid> = rows.iter().filter(|row| row.actor_id == Some(user_id)).map(|row| row.source_id).collect();
    sqlx::query!("DELETE FROM sources WHERE source_id = ANY($1)", &sources).execute(tx).await?;
    Ok(rows.into_iter().map(|row| row.recipient_id).collect())
}

/// What else there is. Devices and preferences only if they were set while the account ended.
async fn delete_rest(tx: &mut PgConnection, user_id: Uuid) -> Result<u64> {
    let told = sqlx::query!(
        "DELETE FROM told WHERE (recipient_id, dedupe_key) IN (
             SELECT recipient_id, dedupe_key FROM told WHERE recipient_id = $1 LIMIT 500
         )",
        user_id
    )
    .execute(&mut *tx)
    .await?;
    let followers = sqlx::query!(
        "WITH gone AS (
             (SELECT followee_id, follower_id FROM followers WHERE followee_id = $1 LIMIT 500)
             UNION
             (SELECT followee_id, follower_id FROM followers WHERE follower_id = $1 LIMIT 500)
         )
         DELETE FROM followers f USING gone WHERE f.followee_id = gone.followee_id AND f.follower_id = gone.follower_id",
        user_id
    )
    .execute(&mut *tx)
    .await?;
    let blocks = sqlx::query!(
        "WITH gone AS (
             (SELECT blocker_id, blocked_id FROM blocks WHERE blocker_id = $1 LIMIT 500)
             UNION
             (SELECT blocker_id, blocked_id FROM blocks WHERE blocked_id = $1 LIMIT 500)
         )
         DELETE FROM blocks b USING gone WHERE b.blocker_id = gone.blocker_id AND b.blocked_id = gone.blocked_id",
        user_id
    )
    .execute(&mut *tx)
    .await?;
    let devices = sqlx::query!("DELETE FROM devices WHERE user_id = $1", user_id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM preferences WHERE user_id = $1", user_id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM recipients WHERE user_id = $1", user_id).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM fanouts WHERE owner_id = $1", user_id).execute(tx).await?;
    Ok(told.rows_affected() + followers.rows_affected() + blocks.rows_affected() + devices.rows_affected())
}

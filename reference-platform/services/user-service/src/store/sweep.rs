//! The edges of erased members go in small steps, however many there are. Others see none of them from the moment of
//! the erasure.

use social_database::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;
use super::edges::{Count, count};

impl Store {
    /// Deletes some hundred edges of an erased member. False when nothing is left to do.
    pub async fn sweep(&self) -> Result<bool> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let erased = sqlx::query_scalar!(
                "SELECT user_id FROM members
                 WHERE erase_time IS NOT NULL AND NOT swept
                 ORDER BY erase_time
                 LIMIT 1
                 FOR NO KEY UPDATE SKIP LOCKED"
            )
            .fetch_optional(&mut *tx)
            .await?;
            let Some(user_id) = erased else { return Ok(false) };
            let counts = delete_follows(&mut tx, user_id).await?;
            let blocks = delete_blocks(&mut tx, user_id).await?;
            if counts.is_empty() && blocks == 0 {
                sqlx::query!("UPDATE members SET swept = true WHERE user_id = $1", user_id).execute(&mut *tx).await?;
            }
            count(&mut tx, &counts).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// Deletes some edges of following; gives what changes in the counters of the others.
async fn delete_follows(tx: &mut PgConnection, user_id: Uuid) -> Result<Vec<Count>> {
    let deleted = sqlx::query!(
        "WITH gone AS (
             (SELECT follower_id, followee_id FROM follows WHERE followee_id = $1 LIMIT 200)
             UNION ALL
             (SELECT follower_id, followee_id FROM follows WHERE follower_id = $1 LIMIT 200)
         )
         DELETE FROM follows f USING gone
         WHERE f.follower_id = gone.follower_id AND f.followee_id = gone.followee_id
         RETURNING f.follower_id, f.followee_id",
        user_id
    )
    .fetch_all(tx)
    .await?;
    let counts = deleted.into_iter().map(|edge| {
        if edge.followee_id == user_id {
            Count { user_id: edge.follower_id, followers: 0, following: -1 }
        } else {
            Count { user_id: edge.followee_id, followers: -1, following: 0 }
        }
    });
    Ok(counts.collect())
}

/// Deletes some blocks; gives how many.
async fn delete_blocks(tx: &mut PgConnection, user_id: Uuid) -> Result<u64> {
    let deleted = sqlx::query!(
        "WITH gone AS (
             (SELECT blocker_id, blocked_id FROM blocks WHERE blocked_id = $1 LIMIT 200)
             UNION ALL
             (SELECT blocker_id, blocked_id FROM blocks WHERE blocker_id = $1 LIMIT 200)
         )
         DELETE FROM blocks b USING gone
         WHERE b.blocker_id = gone.blocker_id AND b.blocked_id = gone.blocked_id",
        user_id
    )
    .execute(tx)
    .await?;
    Ok(deleted.rows_affected())
}

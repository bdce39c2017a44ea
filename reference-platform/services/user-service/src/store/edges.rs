//! Changes of edges. Two users' edges change one after the other, whoever of both acts, so that a block and a follow
//! never pass each other unseen.

use social_database::Result;
use social_runtime::Error;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::events::tell_edge;
use super::{Store, lock_caller};
use crate::domain::graph::{Change, EdgeEvent};

/// By how much the counters of a user change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub user_id: Uuid,
    pub followers: i64,
    pub following: i64,
}

impl Store {
    /// Makes one user follow another one; nothing happens when that is so.
    pub async fn follow(&self, from: Uuid, to: Uuid) -> Result<()> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock_pair(&mut tx, from, to).await?;
            lock_caller(&mut tx, from).await?;
            hold_profile(&mut tx, to).await?;
            if is_blocked(&mut tx, from, to).await? {
                return Err(Error::failed_precondition("a block stands between you and this user").into());
            }
            let since = sqlx::query_scalar!(
                "INSERT INTO follows (follower_id, followee_id, create_time) VALUES ($1, $2, clock_timestamp())
                 ON CONFLICT (follower_id, followee_id) DO NOTHING
                 RETURNING create_time",
                from,
                to
            )
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(time) = since {
                tell_edge(&mut tx, EdgeEvent { from, to, change: Change::Followed, time }).await?;
                count(&mut tx, &followed(from, to, 1)).await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Ends following; nothing happens when there is none.
    pub async fn unfollow(&self, from: Uuid, to: Uuid) -> Result<()> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock_pair(&mut tx, from, to).await?;
            lock_caller(&mut tx, from).await?;
            if let Some(time) = delete_follow(&mut tx, from, to).await? {
                tell_edge(&mut tx, EdgeEvent { from, to, change: Change::Unfollowed, time }).await?;
                count(&mut tx, &followed(from, to, -1)).await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Blocks a user and ends following in both directions; nothing happens when that is so.
    pub async fn block(&self, from: Uuid, to: Uuid) -> Result<()> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock_pair(&mut tx, from, to).await?;
            lock_caller(&mut tx, from).await?;
            hold_profile(&mut tx, to).await?;
            let since = sqlx::query_scalar!(
                "INSERT INTO blocks (blocker_id, blocked_id, create_time) VALUES ($1, $2, clock_timestamp())
                 ON CONFLICT (blocker_id, blocked_id) DO NOTHING
                 RETURNING create_time",
                from,
                to
            )
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(time) = since {
                let mut counts = Vec::with_capacity(4);
                if delete_follow(&mut tx, from, to).await?.is_some() {
                    counts.extend(followed(from, to, -1));
                }
                if delete_follow(&mut tx, to, from).await?.is_some() {
                    counts.extend(followed(to, from, -1));
                }
                tell_edge(&mut tx, EdgeEvent { from, to, change: Change::Blocked, time }).await?;
                count(&mut tx, &counts).await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Ends a block; nothing happens when there is none.
    pub async fn unblock(&self, from: Uuid, to: Uuid) -> Result<()> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock_pair(&mut tx, from, to).await?;
            lock_caller(&mut tx, from).await?;
            let ended = sqlx::query_scalar!(
                r#"DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2 RETURNING clock_timestamp() AS "time!""#,
                from,
                to
            )
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(time) = ended {
                tell_edge(&mut tx, EdgeEvent { from, to, change: Change::Unblocked, time }).await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

/// What the counters of both change by when one begins (1) or ends (-1) to follow the other.
pub(super) fn followed(follower: Uuid, followee: Uuid, by: i64) -> [Count; 2] {
    [Count { user_id: follower, followers: 0, following: by }, Count { user_id: followee, followers: by, following: 0 }]
}

/// Changes counters. The last step of a transaction, because a counter of a very followed user is wanted by many; rows
/// are locked by id, so that no two transactions wait for each other.
pub(super) async fn count(tx: &mut PgConnection, counts: &[Count]) -> Result<()> {
    let user_ids: Vec<Uuid> = counts.iter().map(|count| count.user_id).collect();
    let followers: Vec<i64> = counts.iter().map(|count| count.followers).collect();
    let following: Vec<i64> = counts.iter().map(|count| count.following).collect();
    sqlx::query!(
        "WITH changes AS (
             SELECT user_id, sum(followers)::bigint AS followers, sum(following)::bigint AS following
             FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS given (user_id, followers, following)
             GROUP BY user_id
         ), locked AS MATERIALIZED (
             SELECT user_id FROM counters WHERE user_id = ANY($1) ORDER BY user_id FOR NO KEY UPDATE
         )
         UPDATE counters c
         SET follower_count = c.follower_count + changes.followers,
             following_count = c.following_count + changes.following
         FROM changes JOIN locked ON locked.user_id = changes.user_id
         WHERE c.user_id = locked.user_id",
        &user_ids,
        &followers,
        &following
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets nobody else change edges between these two until the transaction ends.
async fn lock_pair(tx: &mut PgConnection, one: Uuid, other: Uuid) -> Result<()> {
    let pair = format!("{}:{}", one.min(other), one.max(other));
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", pair).execute(tx).await?;
    Ok(())
}

/// Keeps a profile from being erased until the transaction ends. NOT_FOUND when there is none.
async fn hold_profile(tx: &mut PgConnection, user_id: Uuid) -> Result<()> {
    let row = sqlx::query_scalar!("SELECT user_id FROM profiles WHERE user_id = $1 FOR KEY SHARE", user_id)
        .fetch_optional(tx)
        .await?;
    if row.is_some() { Ok(()) } else { Err(Error::not_found("there is no such user").into()) }
}

async fn is_blocked(tx: &mut PgConnection, one: Uuid, other: Uuid) -> Result<bool> {
    let blocked = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM blocks
               WHERE (blocker_id = $1 AND blocked_id = $2) OR (blocker_id = $2 AND blocked_id = $1)
           ) AS "blocked!""#,
        one,
        other
    )
    .fetch_one(tx)
    .await?;
    Ok(blocked)
}

async fn delete_follow(tx: &mut PgConnection, from: Uuid, to: Uuid) -> Result<Option<OffsetDateTime>> {
    let ended = sqlx::query_scalar!(
        r#"DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2 RETURNING clock_timestamp() AS "time!""#,
        from,
        to
    )
    .fetch_optional(tx)
    .await?;
    Ok(ended)
}

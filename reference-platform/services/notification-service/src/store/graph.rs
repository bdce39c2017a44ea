//! Who follows whom and who blocks whom, from the events of the graph. Events of one user come in order, those of two do not: so the
//! last change by its time counts.

use social_database::Result;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::news::{Change, Edge};

/// Applies a change, unless a later one was applied before.
pub(super) async fn change(tx: &mut PgConnection, edge: &Edge) -> Result<()> {
    match edge.change {
        Change::Followed => follow(tx, edge.from, edge.to, true, edge.time).await,
        Change::Unfollowed => follow(tx, edge.from, edge.to, false, edge.time).await,
        Change::Blocked => {
            // In the order of ids, as everybody does who locks two.
            let (one, other) = (edge.from.min(edge.to), edge.from.max(edge.to));
            follow(tx, one, other, false, edge.time).await?;
            follow(tx, other, one, false, edge.time).await?;
            block(tx, edge, true).await
        }
        Change::Unblocked => block(tx, edge, false).await,
    }
}

async fn follow(tx: &mut PgConnection, from: Uuid, to: Uuid, follows: bool, time: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "INSERT INTO followers (followee_id, follower_id, follows, change_time)
         SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM erased WHERE user_id IN ($1, $2))
         ON CONFLICT (followee_id, follower_id) DO UPDATE SET follows = EXCLUDED.follows, change_time = EXCLUDED.change_time
             WHERE followers.change_time <= EXCLUDED.change_time",
        to,
        from,
        follows,
        time
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn block(tx: &mut PgConnection, edge: &Edge, blocks: bool) -> Result<()> {
    sqlx::query!(
        "INSERT INTO blocks (blocker_id, blocked_id, blocks, change_time)
         SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM erased WHERE user_id IN ($1, $2))
         ON CONFLICT (blocker_id, blocked_id) DO UPDATE SET blocks = EXCLUDED.blocks, change_time = EXCLUDED.change_time
             WHERE blocks.change_time <= EXCLUDED.change_time",
        edge.from,
        edge.to,
        blocks,
        edge.time
    )
    .execute(tx)
    .await?;
    Ok(())
}

//! What is counted of posts. Written only under the lock of the post, so that two writers of a row never meet.

use std::collections::HashMap;

use social_database::{Result, timed};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, rows};
use crate::domain::Counters;

/// The kind of the row that counts comments. All others are kinds of reactions.
pub(super) const COMMENTS: i16 = 0;

impl Store {
    /// Counters of posts, at most 100. What was never counted is left out.
    pub async fn counters(&self, post_ids: &[Uuid]) -> Result<HashMap<Uuid, Counters>> {
        // One row for each kind: six at most.
        let query = sqlx::query!(
            "SELECT post_id, kind, count FROM post_counters WHERE post_id = ANY ($1) AND count > 0
             ORDER BY post_id, kind LIMIT 600",
            post_ids
        );
        let mut counters: HashMap<Uuid, Counters> = HashMap::new();
        for row in timed("counters.get", query.fetch_all(&self.pool)).await? {
            let of_post = counters.entry(row.post_id).or_default();
            match row.kind {
                COMMENTS => of_post.comments = row.count,
                kind => of_post.reactions.push((rows::kind(kind), row.count)),
            }
        }
        Ok(counters)
    }
}

/// One more.
pub(super) async fn add(connection: &mut PgConnection, post_id: Uuid, kind: i16) -> Result<()> {
    sqlx::query!(
        "INSERT INTO post_counters (post_id, kind, count) VALUES ($1, $2, 1)
         ON CONFLICT (post_id, kind) DO UPDATE SET count = post_counters.count + 1",
        post_id,
        kind
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One less.
pub(super) async fn subtract(connection: &mut PgConnection, post_id: Uuid, kind: i16) -> Result<()> {
    sqlx::query!("UPDATE post_counters SET count = count - 1 WHERE post_id = $1 AND kind = $2", post_id, kind)
        .execute(connection)
        .await?;
    Ok(())
}

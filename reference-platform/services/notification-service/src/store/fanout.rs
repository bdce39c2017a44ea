//! Tells all followers of somebody, in steps: each is a transaction that also notes how far it came.

use social_database::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::tell::{Telling, tell};
use super::{Store, kind};
use crate::domain::news::News;
use crate::domain::template::Values;

/// Followers that are told in one step.
const STEP: i64 = 500;

pub(super) async fn begin(tx: &mut PgConnection, source_id: Uuid, owner_id: Uuid, news: &News) -> Result<()> {
    sqlx::query!(
        "INSERT INTO fanouts (source_id, owner_id, owner_name, kind, subject_id, dedupe_key, subject_title)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (source_id) DO NOTHING",
        source_id,
        owner_id,
        news.values.actor,
        news.kind.number(),
        news.subject_id,
        news.dedupe_key,
        news.values.title
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Tells some of the followers whose turn it is; gives those in whose lists something is new. `None` when nobody waits, or
    /// another replica is at it.
    pub async fn fan_out(&self) -> Result<Option<Vec<Uuid>>> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let fanout = sqlx::query!(
                "SELECT source_id, owner_id, owner_name, kind, subject_id, dedupe_key, subject_title, told_until
                 FROM fanouts ORDER BY create_time LIMIT 1 FOR UPDATE SKIP LOCKED"
            )
            .fetch_optional(&mut *tx)
            .await?;
            let Some(fanout) = fanout else { return Ok(None) };
            let followers = sqlx::query_scalar!(
                "SELECT follower_id FROM followers WHERE followee_id = $1 AND follower_id > $2 AND follows
                 ORDER BY follower_id LIMIT $3",
                fanout.owner_id,
                fanout.told_until,
                STEP
            )
            .fetch_all(&mut *tx)
            .await?;
            let values = Values { actor: fanout.owner_name, title: fanout.subject_title, failure: None };
            let telling = Telling {
                source_id: fanout.source_id,
                kind: kind(fanout.kind),
                actor_id: Some(fanout.owner_id),
                subject_id: fanout.subject_id,
                dedupe_key: &fanout.dedupe_key,
                values: &values,
            };
            let told = tell(&mut tx, &self.rules, &telling, &followers).await?;
            match followers.last() {
                Some(last) if followers.len() as i64 == STEP => {
                    sqlx::query!("UPDATE fanouts SET told_until = $2 WHERE source_id = $1", fanout.source_id, last)
                        .execute(&mut *tx)
                        .await?;
                }
                _ => {
                    sqlx::query!("DELETE FROM fanouts WHERE source_id = $1", fanout.source_id)
                        .execute(&mut *tx)
                        .await?;
                }
            }
            tx.commit().await?;
            Ok(Some(told))
        })
        .await
    }
}

//! Applies what happened elsewhere, each event once.

use social_database::Result;
use social_events::applied;
use sqlx::PgConnection;
use uuid::Uuid;

use super::tell::{Telling, tell};
use super::{CONSUMER, Store, erase, fanout, graph};
use crate::domain::news::{Audience, Happening, News, Source};

impl Store {
    /// Applies an event and the note that it was applied in one step. Gives those in whose lists something is new. `News` are
    /// told with the values in it.
    pub async fn apply(&self, happening: &Happening, source: &Source) -> Result<Vec<Uuid>> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            if !applied::first_time(&mut tx, CONSUMER, happening.event_id).await? {
                return Ok(Vec::new());
            }
            if let Some(edge) = &happening.edge {
                graph::change(&mut tx, edge).await?;
            }
            if let Some(user_id) = happening.erased {
                erase::begin(&mut tx, user_id).await?;
            }
            let told = match &happening.news {
                Some(news) => self.publish(&mut tx, happening.event_id, news, source).await?,
                None => Vec::new(),
            };
            tx.commit().await?;
            Ok(told)
        })
        .await
    }

    async fn publish(&self, tx: &mut PgConnection, source_id: Uuid, news: &News, source: &Source) -> Result<Vec<Uuid>> {
        sqlx::query!(
            "INSERT INTO sources (source_id, topic, partition, position, key, value) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (source_id) DO NOTHING",
            source_id,
            source.topic,
            source.partition,
            source.offset,
            source.key,
            source.value
        )
        .execute(&mut *tx)
        .await?;
        match &news.audience {
            Audience::Users(users) => {
                let telling = Telling {
                    source_id,
                    kind: news.kind,
                    actor_id: news.actor_id,
                    subject_id: news.subject_id,
                    dedupe_key: &news.dedupe_key,
                    values: &news.values,
                };
                tell(tx, &self.rules, &telling, users).await
            }
            Audience::FollowersOf(owner_id) => {
                fanout::begin(tx, source_id, *owner_id, news).await?;
                Ok(Vec::new())
            }
        }
    }
}

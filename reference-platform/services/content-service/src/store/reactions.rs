//! Reactions to posts: one of each user.

use social_database::{Result, retry, timed};
use social_proto::content::v1::{ReactionDeleted, ReactionSet, content_event};
use time::{Date, OffsetDateTime, Time};
use uuid::Uuid;

use super::rows::{ReactionRow, kind_number};
use super::{Locked, Store, counters};
use crate::convert;
use crate::domain::{Reaction, ReactionKind, Visibility};

/// A place in a list of reactions, which are in order of their time, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    pub create_time: OffsetDateTime,
    pub user_id: Uuid,
}

impl Position {
    /// Before the newest reaction.
    pub const START: Position =
        Position { create_time: OffsetDateTime::new_utc(Date::MAX, Time::MIDNIGHT), user_id: Uuid::max() };
}

impl Store {
    /// Reactions to a post after `position`.
    pub async fn reactions_to(&self, post_id: Uuid, position: Position, limit: i64) -> Result<Vec<Reaction>> {
        let query = sqlx::query_as!(
            ReactionRow,
            "SELECT user_id, kind, create_time FROM reactions
             WHERE post_id = $1 AND (create_time, user_id) < ($2, $3) ORDER BY create_time DESC, user_id DESC LIMIT $4",
            post_id,
            position.create_time,
            position.user_id,
            limit
        );
        let rows = timed("reactions.of_post", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Reaction::from).collect())
    }

    /// Reactions of one kind to a post after `position`.
    pub async fn reactions_of_kind(
        &self,
        post_id: Uuid,
        kind: ReactionKind,
        position: Position,
        limit: i64,
    ) -> Result<Vec<Reaction>> {
        let query = sqlx::query_as!(
            ReactionRow,
            "SELECT user_id, kind, create_time FROM reactions
             WHERE post_id = $1 AND kind = $2 AND (create_time, user_id) < ($3, $4)
             ORDER BY create_time DESC, user_id DESC LIMIT $5",
            post_id,
            kind_number(kind),
            position.create_time,
            position.user_id,
            limit
        );
        let rows = timed("reactions.of_kind", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Reaction::from).collect())
    }

    /// Sets the reaction of a user to a post whose visibility was `seen` when the user was let in. The same kind again changes
    /// nothing.
    ///
    /// # Errors
    /// NOT_FOUND if the post is gone; ABORTED if the visibility has changed.
    pub async fn set_reaction(&self, post_id: Uuid, seen: Visibility, reaction: &Reaction) -> Result<()> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let post = Locked::as_seen(&mut transaction, post_id, seen).await?;
            let kind = kind_number(reaction.kind);
            let earlier = sqlx::query_scalar!(
                "SELECT kind FROM reactions WHERE post_id = $1 AND user_id = $2",
                post_id,
                reaction.user_id
            )
            .fetch_optional(&mut *transaction)
            .await?;
            if earlier == Some(kind) {
                return Ok(());
            }
            sqlx::query!(
                "INSERT INTO reactions (post_id, user_id, kind, create_time) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (post_id, user_id) DO UPDATE SET kind = EXCLUDED.kind, create_time = EXCLUDED.create_time",
                post_id,
                reaction.user_id,
                kind,
                reaction.create_time
            )
            .execute(&mut *transaction)
            .await?;
            if let Some(earlier) = earlier {
                counters::subtract(&mut transaction, post_id, earlier).await?;
            }
            counters::add(&mut transaction, post_id, kind).await?;
            let set = ReactionSet { user_id: reaction.user_id.to_string(), kind: convert::kind(reaction.kind).into() };
            post.tell(&mut transaction, content_event::Event::ReactionSet(set)).await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// Takes the reaction of a user back. Tells whether there was one.
    pub async fn delete_reaction(&self, post_id: Uuid, user_id: Uuid) -> Result<bool> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(post) = Locked::find(&mut transaction, post_id).await? else { return Ok(false) };
            let deleted = sqlx::query_scalar!(
                "DELETE FROM reactions WHERE post_id = $1 AND user_id = $2 RETURNING kind",
                post_id,
                user_id
            )
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(kind) = deleted else { return Ok(false) };
            counters::subtract(&mut transaction, post_id, kind).await?;
            let deleted = ReactionDeleted { user_id: user_id.to_string() };
            post.tell(&mut transaction, content_event::Event::ReactionDeleted(deleted)).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

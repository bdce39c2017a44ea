//! Posts and what hangs on them in PostgreSQL. Each writing function is one transaction: it locks the post, changes, counts and
//! puts the event into the outbox. Who may do what is decided before.

mod comments;
mod counters;
mod posts;
mod purge;
mod reactions;
mod rows;

use prost::Message;
use social_database::{Result, answers};
use social_events::{outbox, topics};
use social_proto::content::v1::content_event;
use social_runtime::Error;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub use posts::etag_outdated;
pub use reactions::Position;

use crate::convert;
use crate::domain::{Visibility, now};

/// The tables of this service.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// On a pool that is used for nothing else.
    pub fn new(pool: PgPool) -> Self {
        Store { pool }
    }

    /// What was answered to this request before.
    pub async fn answer<A: Message + Default>(&self, once: &answers::Key) -> Result<Option<A>> {
        let mut transaction = self.pool.begin().await?;
        let answer = answers::find(&mut transaction, once).await?;
        transaction.commit().await?;
        Ok(answer)
    }
}

/// A post whose row is locked until the transaction ends: nothing about it changes meanwhile, and its events are numbered in
/// the order of the commits.
struct Locked {
    post_id: Uuid,
    author_id: Uuid,
    visibility: Visibility,
    version: i64,
}

impl Locked {
    /// `None` if the post is gone.
    async fn find(connection: &mut PgConnection, post_id: Uuid) -> Result<Option<Locked>> {
        let row = sqlx::query!(
            "SELECT author_id, visibility, version FROM posts WHERE post_id = $1 AND delete_time IS NULL FOR UPDATE",
            post_id
        )
        .fetch_optional(connection)
        .await?;
        Ok(row.map(|row| Locked {
            post_id,
            author_id: row.author_id,
            visibility: rows::visibility(row.visibility),
            version: row.version,
        }))
    }

    /// For somebody who was allowed to see the post while its visibility was `seen`.
    async fn as_seen(connection: &mut PgConnection, post_id: Uuid, seen: Visibility) -> Result<Locked> {
        let locked = Locked::find(connection, post_id).await?.ok_or_else(post_not_found)?;
        if locked.visibility != seen {
            return Err(Error::aborted("the post has just been changed").into());
        }
        Ok(locked)
    }

    /// Puts the next event of the post into the outbox.
    async fn tell(&self, connection: &mut PgConnection, event: content_event::Event) -> Result<()> {
        let sequence = sqlx::query_scalar!(
            "UPDATE posts SET sequence = sequence + 1 WHERE post_id = $1 RETURNING sequence",
            self.post_id
        )
        .fetch_one(&mut *connection)
        .await?;
        let event = convert::event(self.post_id, self.author_id, sequence, now(), event);
        outbox::add(connection, topics::CONTENT_EVENTS, &event).await?;
        Ok(())
    }
}

/// What everybody is told who must not see a post, or asks for one that is not there.
pub fn post_not_found() -> Error {
    Error::not_found("there is no such post")
}

//! Files and the work about them in PostgreSQL. Each writing function is one transaction: it locks the file, changes it, and puts
//! the event into the outbox. Who may do what is decided before.

mod jobs;
mod media;
mod outcomes;
mod rows;

use prost::Message;
use social_database::{Result, answers};
use social_events::{outbox, topics};
use social_proto::media::v1::media_event;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub use jobs::{Job, Task};

use crate::convert;

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

/// Puts an event about a file into the outbox. Its row was changed in this transaction, so that its number is the next one.
async fn tell(
    transaction: &mut PgConnection,
    media_id: Uuid,
    owner_id: Uuid,
    sequence: i64,
    event: media_event::Event,
) -> Result<()> {
    let event = convert::event(media_id, owner_id, sequence, event);
    outbox::add(transaction, topics::MEDIA_EVENTS, &event).await?;
    Ok(())
}

//! Conversations in PostgreSQL. Each writing function is one transaction: it locks the conversation, changes it, puts what members
//! are told into their inboxes and events into the outbox.

mod begin;
mod conversations;
mod inbox;
mod members;
mod messages;
mod purge;
mod receipts;

use social_database::{Result, answers};
use social_events::{outbox, topics};
use social_proto::messaging::v1::message_event;
use social_runtime::Error;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::convert;
use crate::domain::{Conversation, Refusal, now};

/// The tables of this service.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// On a pool.
    pub fn new(pool: PgPool) -> Self {
        Store { pool }
    }

    /// What was answered to this request before.
    pub async fn answer<A: prost::Message + Default>(&self, once: &answers::Key) -> Result<Option<A>> {
        let mut transaction = self.pool.begin().await?;
        let answer = answers::find(&mut transaction, once).await?;
        transaction.commit().await?;
        Ok(answer)
    }
}

/// A conversation whose row is locked until the transaction ends: nothing of it changes meanwhile, and its messages and events are
/// numbered in the order of the commits. `None` if it is not there, or the caller is no member.
async fn lock(connection: &mut PgConnection, conversation_id: Uuid, caller_id: Uuid) -> Result<Option<Conversation>> {
    let row = sqlx::query!(
        "SELECT creator_id, direct, title, create_time, last_sequence FROM conversations WHERE conversation_id = $1 FOR UPDATE",
        conversation_id
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let conversation = Conversation {
        id: conversation_id,
        creator_id: row.creator_id,
        direct: row.direct,
        title: row.title,
        members: members::all(connection, conversation_id).await?,
        create_time: row.create_time,
        last_sequence: row.last_sequence,
    };
    Ok(conversation.member(caller_id).is_some().then_some(conversation))
}

/// Puts the next event of a conversation into the outbox. Its row is locked.
async fn tell(connection: &mut PgConnection, conversation_id: Uuid, event: message_event::Event) -> Result<()> {
    tell_all(connection, conversation_id, vec![event]).await
}

/// Puts the next events of a conversation into the outbox, in their order. Its row is locked.
async fn tell_all(
    connection: &mut PgConnection,
    conversation_id: Uuid,
    events: Vec<message_event::Event>,
) -> Result<()> {
    let last = sqlx::query_scalar!(
        "UPDATE conversations SET event_sequence = event_sequence + $2 WHERE conversation_id = $1 RETURNING event_sequence",
        conversation_id,
        events.len() as i64
    )
    .fetch_one(&mut *connection)
    .await?;
    let first = last - events.len() as i64 + 1;
    let numbered = events.into_iter().zip(first..);
    let events: Vec<_> =
        numbered.map(|(event, sequence)| convert::event(conversation_id, sequence, now(), event)).collect();
    outbox::add_all(connection, topics::MESSAGE_EVENTS, &events).await?;
    Ok(())
}

/// What everybody is told who asks for a conversation that is not there, or not for the caller.
pub fn conversation_not_found() -> Error {
    Error::not_found("there is no such conversation")
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Direct => Error::failed_precondition("a conversation of two stays one").with_reason("DIRECT"),
            Refusal::Full => {
                Error::failed_precondition("the conversation has as many members as it can").with_reason("FULL")
            }
            Refusal::NotCreator => {
                Error::permission_denied("only who began the conversation ends memberships of others")
            }
        }
    }
}

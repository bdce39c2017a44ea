//! What is said.

use social_database::{Result, answers, retry, timed};
use social_proto::messaging::v1::{MessageDeleted, MessageSent, SendMessageResponse, message_event};
use social_runtime::Error;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, conversation_not_found, inbox, lock, tell};
use crate::convert;
use crate::domain::{Draft, Message, Place, now};

/// What became of a message that was sent.
pub struct Sent {
    pub response: SendMessageResponse,
    /// The message and where it is in inboxes; `None` if this is the answer of an earlier request.
    pub new: Option<(Message, Vec<Place>)>,
}

impl Store {
    /// Stores a message, once for each request.
    ///
    /// # Errors
    /// NOT_FOUND for strangers.
    pub async fn send(
        &self,
        conversation_id: Uuid,
        sender_id: Uuid,
        draft: &Draft,
        once: &answers::Key,
    ) -> Result<Sent> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(response) = answers::find(&mut transaction, once).await? {
                return Ok(Sent { response, new: None });
            }
            let conversation =
                lock(&mut transaction, conversation_id, sender_id).await?.ok_or_else(conversation_not_found)?;
            let message = Message {
                id: Uuid::now_v7(),
                conversation_id,
                sequence: conversation.last_sequence + 1,
                sender_id,
                text: draft.text.clone(),
                media_ids: draft.media_ids.clone(),
                send_time: now(),
                deleted: false,
            };
            insert(&mut transaction, &message).await?;
            let places = inbox::advance(&mut transaction, &conversation.member_ids()).await?;
            inbox::add_message(&mut transaction, &places, &message).await?;
            inbox::raise(&mut transaction, &places, conversation_id).await?;
            let sent = MessageSent {
                message_id: message.id.to_string(),
                sender_id: sender_id.to_string(),
                recipient_ids: conversation.others(sender_id).iter().map(Uuid::to_string).collect(),
            };
            tell(&mut transaction, conversation_id, message_event::Event::Sent(sent)).await?;
            let response = SendMessageResponse { message: Some(convert::message(&message)) };
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok(Sent { response, new: Some((message, places)) })
        })
        .await
    }

    /// Messages before one, newest first, that are for a member who joined after another one.
    pub async fn messages(
        &self,
        conversation_id: Uuid,
        before: i64,
        joined_after: i64,
        limit: i64,
    ) -> Result<Vec<Message>> {
        let query = sqlx::query_as!(
            MessageRow,
            "SELECT message_id, conversation_id, sequence, sender_id, text, media_ids, send_time, delete_time
             FROM messages WHERE conversation_id = $1 AND sequence < $2 AND sequence > $3 ORDER BY sequence DESC LIMIT $4",
            conversation_id,
            before,
            joined_after,
            limit
        );
        let rows = timed("messages.of_conversation", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Message::from).collect())
    }

    /// Takes the text from a message of the caller. Gives the message and where it is in inboxes, or nothing if it has none already.
    ///
    /// # Errors
    /// NOT_FOUND for strangers and messages that are not for the caller; PERMISSION_DENIED if somebody else sent it.
    pub async fn delete_message(
        &self,
        conversation_id: Uuid,
        caller_id: Uuid,
        message_id: Uuid,
    ) -> Result<Option<(Message, Vec<Place>)>> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let conversation =
                lock(&mut transaction, conversation_id, caller_id).await?.ok_or_else(conversation_not_found)?;
            let joined_after = conversation.member(caller_id).map_or(i64::MAX, |member| member.joined_after);
            let message = find(&mut transaction, conversation_id, message_id, joined_after).await?;
            let mut message = message.ok_or_else(|| Error::not_found("there is no such message"))?;
            if message.sender_id != caller_id {
                return Err(Error::permission_denied("only the sender deletes a message").into());
            }
            if message.deleted {
                return Ok(None);
            }
            (message.text, message.media_ids, message.deleted) = (String::new(), Vec::new(), true);
            sqlx::query!(
                "UPDATE messages SET text = '', media_ids = '{}', delete_time = $3
                 WHERE conversation_id = $1 AND sequence = $2",
                conversation_id,
                message.sequence,
                now()
            )
            .execute(&mut *transaction)
            .await?;
            let places = inbox::advance(&mut transaction, &conversation.member_ids()).await?;
            inbox::add_message(&mut transaction, &places, &message).await?;
            let deleted = MessageDeleted { message_id: message_id.to_string() };
            tell(&mut transaction, conversation_id, message_event::Event::Deleted(deleted)).await?;
            transaction.commit().await?;
            Ok(Some((message, places)))
        })
        .await
    }
}

async fn insert(connection: &mut PgConnection, message: &Message) -> Result<()> {
    sqlx::query!(
        "INSERT INTO messages (message_id, conversation_id, sequence, sender_id, text, media_ids, send_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        message.id,
        message.conversation_id,
        message.sequence,
        message.sender_id,
        message.text,
        &message.media_ids,
        message.send_time
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE conversations SET last_sequence = $2 WHERE conversation_id = $1",
        message.conversation_id,
        message.sequence
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn find(
    connection: &mut PgConnection,
    conversation_id: Uuid,
    message_id: Uuid,
    joined_after: i64,
) -> Result<Option<Message>> {
    let row = sqlx::query_as!(
        MessageRow,
        "SELECT message_id, conversation_id, sequence, sender_id, text, media_ids, send_time, delete_time
         FROM messages WHERE message_id = $1 AND conversation_id = $2 AND sequence > $3",
        message_id,
        conversation_id,
        joined_after
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Message::from))
}

struct MessageRow {
    message_id: Uuid,
    conversation_id: Uuid,
    sequence: i64,
    sender_id: Uuid,
    text: String,
    media_ids: Vec<Uuid>,
    send_time: OffsetDateTime,
    delete_time: Option<OffsetDateTime>,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Message {
            id: row.message_id,
            conversation_id: row.conversation_id,
            sequence: row.sequence,
            sender_id: row.sender_id,
            text: row.text,
            media_ids: row.media_ids,
            send_time: row.send_time,
            deleted: row.delete_time.is_some(),
        }
    }
}

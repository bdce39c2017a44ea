//! Chats: messages are numbered, so whoever reads after a number misses nothing that is kept.

use social_database::{Result, answers, retry, timed};
use social_proto::streaming::v1::SendChatMessageResponse;
use uuid::Uuid;

use super::{Store, stream_not_live};
use crate::convert;
use crate::domain::ChatMessage;

/// What a reader gets first.
pub const BACKLOG: i64 = 50;
/// Messages of a stream that are kept: the backlog, and what somebody who was away for a moment reads.
const KEPT: i64 = 200;

impl Store {
    /// Adds a message to the chat of a live stream, once for each request.
    ///
    /// # Errors
    /// FAILED_PRECONDITION unless the stream is live.
    pub async fn send_chat(
        &self,
        stream_id: Uuid,
        message: &ChatMessage,
        once: &answers::Key,
    ) -> Result<SendChatMessageResponse> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(answer) = answers::find(&mut transaction, once).await? {
                return Ok(answer);
            }
            let number = sqlx::query_scalar!(
                "UPDATE chats SET last_number = last_number + 1 WHERE stream_id = $1 AND is_open RETURNING last_number",
                stream_id
            )
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or_else(stream_not_live)?;
            sqlx::query!(
                "INSERT INTO chat_messages (stream_id, number, message_id, sender_id, text, send_time)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                stream_id,
                number,
                message.id,
                message.sender_id,
                message.text,
                message.send_time
            )
            .execute(&mut *transaction)
            .await?;
            sqlx::query!("DELETE FROM chat_messages WHERE stream_id = $1 AND number <= $2", stream_id, number - KEPT)
                .execute(&mut *transaction)
                .await?;
            let response = SendChatMessageResponse { message: Some(convert::chat_message(message)) };
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok(response)
        })
        .await
    }

    /// Messages after a number, oldest first, at most as many as are kept.
    pub async fn chat_after(&self, stream_id: Uuid, number: i64) -> Result<Vec<ChatMessage>> {
        let query = sqlx::query_as!(
            ChatMessage,
            "SELECT number, message_id AS id, sender_id, text, send_time FROM chat_messages
             WHERE stream_id = $1 AND number > $2 ORDER BY number LIMIT $3",
            stream_id,
            number,
            KEPT
        );
        Ok(timed("chat.after", query.fetch_all(&self.pool)).await?)
    }

    /// The number of the last message, 0 before there is one, and whether more can come: also before the stream is live.
    pub async fn chat_state(&self, stream_id: Uuid) -> Result<(i64, bool)> {
        let query = sqlx::query!(
            r#"SELECT coalesce((SELECT last_number FROM chats WHERE stream_id = $1), 0) AS "last_number!",
                      EXISTS (SELECT FROM open_streams WHERE stream_id = $1) AS "is_open!""#,
            stream_id
        );
        let chat = timed("chat.state", query.fetch_one(&self.pool)).await?;
        Ok((chat.last_number, chat.is_open))
    }
}

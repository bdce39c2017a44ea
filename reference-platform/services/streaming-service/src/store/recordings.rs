//! What is stored of ended streams goes after a while; that of deleted accounts at once, and the titles with it.

use prost::Message;
use social_database::Result;
use social_proto::streaming::v1::{StreamCreated, StreamEvent, StreamWentLive, stream_event};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;

/// Segments that are removed at once: some tens of megabytes.
const BATCH: i64 = 20;

impl Store {
    /// Removes a batch of what is due. False if nothing is. Replicas that do it at the same time take different streams.
    pub async fn purge_batch(&self) -> Result<bool> {
        let mut transaction = self.pool.begin().await?;
        let due = sqlx::query_scalar!(
            "SELECT stream_id FROM recordings WHERE purge_time <= now()
             ORDER BY purge_time LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(stream_id) = due else { return Ok(false) };
        let removed = sqlx::query!(
            "DELETE FROM segments WHERE stream_id = $1 AND sequence IN
                 (SELECT sequence FROM segments WHERE stream_id = $1 ORDER BY sequence LIMIT $2)",
            stream_id,
            BATCH
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if removed < BATCH.unsigned_abs() {
            sqlx::query!("DELETE FROM chat_messages WHERE stream_id = $1", stream_id)
                .execute(&mut *transaction)
                .await?;
            sqlx::query!("DELETE FROM chats WHERE stream_id = $1", stream_id).execute(&mut *transaction).await?;
            erase_titles(&mut transaction, stream_id).await?;
            sqlx::query!("DELETE FROM recordings WHERE stream_id = $1", stream_id).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

/// Blanks the title of a stream whose account is deleted, wherever it is: the only change that the log knows.
async fn erase_titles(connection: &mut PgConnection, stream_id: Uuid) -> Result<()> {
    // At most two: the one that made the stream, and the one that made it live.
    let events = sqlx::query!(
        "SELECT sequence, payload FROM stream_events e
         WHERE stream_id = $1 AND kind IN ('created', 'went_live')
           AND EXISTS (SELECT FROM deleted_accounts d WHERE d.account_id = e.owner_id)
         ORDER BY sequence LIMIT 2",
        stream_id
    )
    .fetch_all(&mut *connection)
    .await?;
    if events.is_empty() {
        return Ok(());
    }
    let mut sequences = Vec::with_capacity(events.len());
    let mut payloads = Vec::with_capacity(events.len());
    for event in events {
        let mut message =
            StreamEvent::decode(event.payload.as_slice()).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        match &mut message.event {
            Some(stream_event::Event::Created(StreamCreated { title }))
            | Some(stream_event::Event::WentLive(StreamWentLive { title })) => title.clear(),
            _ => {}
        }
        sequences.push(event.sequence);
        payloads.push(message.encode_to_vec());
    }
    sqlx::query!(
        "UPDATE stream_events e SET payload = n.payload
         FROM unnest($2::bigint[], $3::bytea[]) AS n (sequence, payload)
         WHERE e.stream_id = $1 AND e.sequence = n.sequence",
        stream_id,
        &sequences,
        &payloads
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("DELETE FROM stream_snapshots WHERE stream_id = $1", stream_id).execute(&mut *connection).await?;
    sqlx::query!("UPDATE streams SET title = '' WHERE stream_id = $1", stream_id).execute(connection).await?;
    Ok(())
}

//! The event store: an append-only log, and snapshots that save reading it from the beginning.

use prost::Message;
use social_database::{Result, violates};
use social_events::{outbox, topics};
use social_proto::streaming::v1;
use social_runtime::Error;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Store;
use crate::convert;
use crate::domain::{Event, Recorded, State, Stream, now};

/// Of the advisory lock by which appends take turns: "streams" in ASCII.
const APPEND_LOCK: i64 = 0x73_7472_6561_6d73;
/// Events that are read at once.
const BATCH: i64 = 500;

impl Store {
    /// A stream as its events say: from its snapshot on, where there is one. `None` when nothing has happened.
    pub(super) async fn load(&self, connection: &mut PgConnection, stream_id: Uuid) -> Result<Option<Stream>> {
        let snapshot = sqlx::query!("SELECT sequence, state FROM stream_snapshots WHERE stream_id = $1", stream_id)
            .fetch_optional(&mut *connection)
            .await?;
        // One that cannot be read is no loss.
        let mut stream = snapshot.and_then(|snapshot| {
            let state = v1::Stream::decode(snapshot.state.as_slice()).ok()?;
            convert::stream_from(&state, snapshot.sequence)
        });
        loop {
            let after = stream.as_ref().map_or(0, |stream| stream.sequence);
            let events = self.events_of(connection, stream_id, after, BATCH).await?;
            for recorded in &events {
                stream.get_or_insert_with(|| Stream::nothing_yet(stream_id, recorded.owner_id)).apply(recorded);
            }
            if (events.len() as i64) < BATCH {
                return Ok(stream);
            }
        }
    }

    /// What happened to a stream after an event, oldest first.
    pub(super) async fn events_of(
        &self,
        connection: &mut PgConnection,
        stream_id: Uuid,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Recorded>> {
        let payloads = sqlx::query_scalar!(
            "SELECT payload FROM stream_events WHERE stream_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            stream_id,
            after,
            limit
        )
        .fetch_all(connection)
        .await?;
        payloads.iter().map(|payload| read(payload)).collect()
    }

    /// A page of what happened to a stream, each with the state that it led to. `state` is that after event `after`.
    pub async fn history(
        &self,
        stream_id: Uuid,
        (after, mut state): (i64, State),
        limit: i64,
    ) -> Result<Vec<(Recorded, State)>> {
        let mut connection = self.pool.acquire().await?;
        let events = self.events_of(&mut connection, stream_id, after, limit).await?;
        let entries = events.into_iter().map(|recorded| {
            state = recorded.event.as_ref().map_or(state, |event| state.after(event));
            (recorded, state)
        });
        Ok(entries.collect())
    }

    /// Appends what happens next to a stream, at most a few events: to the log and, in the same transaction, to the outbox.
    /// The last thing that a transaction does before it commits, because others wait for their turn.
    ///
    /// # Errors
    /// ABORTED when somebody else has appended since the stream was loaded.
    pub(super) async fn append(
        &self,
        connection: &mut PgConnection,
        stream: &mut Stream,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<()> {
        sqlx::query!("SELECT pg_advisory_xact_lock($1)", APPEND_LOCK).execute(&mut *connection).await?;
        let before = stream.sequence;
        let recorded: Vec<Recorded> = events
            .into_iter()
            .zip(before + 1..)
            .map(|(event, sequence)| Recorded {
                event_id: Uuid::now_v7(),
                stream_id: stream.id,
                owner_id: stream.owner_id,
                sequence,
                occur_time: now(),
                event: Some(event),
            })
            .collect();
        if recorded.is_empty() {
            return Ok(());
        }
        let messages: Vec<v1::StreamEvent> = recorded.iter().map(convert::event).collect();
        insert(connection, stream, &recorded, &messages).await?;
        outbox::add_all(connection, topics::STREAM_EVENTS, &messages).await?;
        for recorded in &recorded {
            stream.apply(recorded);
        }
        if stream.sequence / self.snapshot_every > before / self.snapshot_every {
            sqlx::query!(
                "INSERT INTO stream_snapshots (stream_id, sequence, state) VALUES ($1, $2, $3)
                 ON CONFLICT (stream_id) DO UPDATE SET sequence = excluded.sequence, state = excluded.state",
                stream.id,
                stream.sequence,
                convert::stream(stream, 0).encode_to_vec()
            )
            .execute(connection)
            .await?;
        }
        Ok(())
    }
}

/// Appends to the log.
async fn insert(
    connection: &mut PgConnection,
    stream: &Stream,
    recorded: &[Recorded],
    messages: &[v1::StreamEvent],
) -> Result<()> {
    let sequences: Vec<i64> = recorded.iter().map(|recorded| recorded.sequence).collect();
    let kinds: Vec<&'static str> = recorded.iter().filter_map(|recorded| recorded.event.as_ref()).map(kind).collect();
    let payloads: Vec<Vec<u8>> = messages.iter().map(Message::encode_to_vec).collect();
    let times: Vec<OffsetDateTime> = recorded.iter().map(|recorded| recorded.occur_time).collect();
    let inserted = sqlx::query!(
        "INSERT INTO stream_events (stream_id, owner_id, sequence, kind, payload, occur_time)
         SELECT $1, $2, event.sequence, event.kind, event.payload, event.occur_time
         FROM unnest($3::bigint[], $4::text[], $5::bytea[], $6::timestamptz[])
              AS event (sequence, kind, payload, occur_time)
         ORDER BY event.sequence",
        stream.id,
        stream.owner_id,
        &sequences,
        &kinds as &[&str],
        &payloads,
        &times
    )
    .execute(connection)
    .await;
    match inserted {
        Err(error) if violates(&error, "stream_events_pkey") => {
            return Err(Error::aborted("the stream has just been changed").into());
        }
        other => other?,
    };
    for kind in kinds {
        metrics::counter!("streaming_events_total", "kind" => kind).increment(1);
    }
    Ok(())
}

/// An event out of the log.
pub(super) fn read(payload: &[u8]) -> Result<Recorded> {
    let message = v1::StreamEvent::decode(payload).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let recorded = convert::recorded(message).ok_or_else(|| sqlx::Error::Decode("no event of a stream".into()))?;
    Ok(recorded)
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Created { .. } => "created",
        Event::WentLive { .. } => "went_live",
        Event::Interrupted { .. } => "interrupted",
        Event::Resumed => "resumed",
        Event::Ended { .. } => "ended",
        Event::KeyRotated => "key_rotated",
    }
}

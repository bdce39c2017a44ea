//! Video that comes in, and encoders that stay away.

use std::time::Duration;

use social_database::{Result, retry, timed};
use social_runtime::Error;
use sqlx::PgConnection;
use uuid::Uuid;

use super::commands::Open;
use super::{Store, stream_ended, stream_not_found};
use crate::domain::{EndReason, KeyHash, MAX_SEGMENTS, Segment, Stream};

/// An encoder that may send. Another one for the same stream takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ingest {
    pub stream_id: Uuid,
    pub ingest_id: Uuid,
    /// All up to this number were stored when it began.
    pub last_segment: i64,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It was there already.
    Duplicate,
    Added,
    /// It made the stream live, for the first time or again.
    AddedAndLive,
}

impl Store {
    /// Lets an encoder send that shows the current key.
    ///
    /// # Errors
    /// NOT_FOUND; FAILED_PRECONDITION when the stream has ended; PERMISSION_DENIED when the key is not the current one.
    pub async fn begin_ingest(&self, stream_id: Uuid, key_hash: KeyHash) -> Result<Ingest> {
        let mut transaction = self.pool.begin().await?;
        let Some(open) = Open::lock(&mut transaction, stream_id).await? else {
            self.ended_owner(&mut transaction, stream_id).await?.ok_or_else(stream_not_found)?;
            return Err(stream_ended().into());
        };
        if open.key_hash != key_hash.as_bytes() {
            return Err(Error::permission_denied("this is not the key of the stream").with_reason("STREAM_KEY").into());
        }
        let ingest = Ingest { stream_id, ingest_id: Uuid::now_v7(), last_segment: open.last_segment };
        sqlx::query!(
            "UPDATE open_streams SET ingest_id = $2, seen_time = now(), discontinuities = discontinuities + $3
             WHERE stream_id = $1",
            stream_id,
            ingest.ingest_id,
            i32::from(open.last_segment > 0)
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(ingest)
    }

    /// Stores a segment, unless it is there.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when one before it is missing; PERMISSION_DENIED after the key was rotated; ABORTED when another encoder took
    /// over; FAILED_PRECONDITION when the stream has ended or has too many.
    pub async fn store_segment(&self, ingest: &Ingest, segment: &Segment) -> Result<Stored> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let open = current(&mut transaction, ingest).await?;
            if segment.sequence > open.last_segment + 1 {
                let expected = format!("must be {}: numbers have no gaps", open.last_segment + 1);
                return Err(Error::invalid("segment.sequence", expected).into());
            }
            if segment.sequence > MAX_SEGMENTS {
                let refusal = Error::failed_precondition(format!("a stream has at most {MAX_SEGMENTS} segments"));
                return Err(refusal.with_reason("STREAM_TOO_LONG").into());
            }
            let stored = if segment.sequence <= open.last_segment {
                sqlx::query!("UPDATE open_streams SET seen_time = now() WHERE stream_id = $1", open.stream_id)
                    .execute(&mut *transaction)
                    .await?;
                Stored::Duplicate
            } else {
                insert(&mut transaction, &open, segment).await?;
                self.note_live(&mut transaction, &open).await?
            };
            transaction.commit().await?;
            Ok(stored)
        })
        .await
    }

    /// A segment came: is the stream live now that was not before?
    async fn note_live(&self, connection: &mut PgConnection, open: &Open) -> Result<Stored> {
        if open.last_segment > 0 && !open.is_lost {
            return Ok(Stored::Added);
        }
        let mut stream = self.load(connection, open.stream_id).await?.ok_or_else(stream_not_found)?;
        if open.last_segment == 0 {
            sqlx::query!("INSERT INTO audiences (stream_id) VALUES ($1)", open.stream_id)
                .execute(&mut *connection)
                .await?;
            sqlx::query!("INSERT INTO chats (stream_id) VALUES ($1)", open.stream_id).execute(&mut *connection).await?;
        }
        let event = stream.take_segment();
        self.append(connection, &mut stream, event).await?;
        Ok(Stored::AddedAndLive)
    }

    /// The encoder has left, or was lost: if the stream was live by it, it is interrupted. Gives whether it is.
    pub async fn end_ingest(&self, ingest: &Ingest) -> Result<bool> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let open = Open::lock(&mut transaction, ingest.stream_id).await?;
            let Some(open) = open.filter(|open| open.ingest_id == Some(ingest.ingest_id)) else { return Ok(false) };
            sqlx::query!("UPDATE open_streams SET ingest_id = NULL WHERE stream_id = $1", open.stream_id)
                .execute(&mut *transaction)
                .await?;
            let interrupted = self.interrupt(&mut transaction, &open).await?;
            transaction.commit().await?;
            Ok(interrupted)
        })
        .await
    }

    /// Interrupts one stream that is live and whose encoder was not heard of for `silence`. False if there is none. Replicas that do
    /// it at the same time take different ones.
    pub async fn interrupt_silent(&self, silence: Duration) -> Result<bool> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let silent = sqlx::query_scalar!(
                "SELECT stream_id FROM open_streams
                 WHERE lost_time IS NULL AND last_segment > 0 AND seen_time < now() - make_interval(secs => $1)
                 ORDER BY seen_time LIMIT 1 FOR UPDATE SKIP LOCKED",
                silence.as_secs_f64()
            )
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(stream_id) = silent else { return Ok(false) };
            let Some(open) = Open::lock(&mut transaction, stream_id).await? else { return Ok(false) };
            self.interrupt(&mut transaction, &open).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Ends one stream whose encoder did not come back within `window`, and gives it. Replicas that do it at the same time take
    /// different ones.
    pub async fn end_lost(&self, window: Duration) -> Result<Option<Stream>> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let lost = sqlx::query_scalar!(
                "SELECT stream_id FROM open_streams WHERE lost_time < now() - make_interval(secs => $1)
                 ORDER BY lost_time LIMIT 1 FOR UPDATE SKIP LOCKED",
                window.as_secs_f64()
            )
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(stream_id) = lost else { return Ok(None) };
            let Some(open) = Open::lock(&mut transaction, stream_id).await? else { return Ok(None) };
            let stream = self.end(&mut transaction, &open, EndReason::EncoderLost).await?;
            transaction.commit().await?;
            Ok(Some(stream))
        })
        .await
    }

    /// Those of the encoders that may not send any more.
    pub async fn superseded(&self, ingests: &[Ingest]) -> Result<Vec<Ingest>> {
        let stream_ids: Vec<Uuid> = ingests.iter().map(|ingest| ingest.stream_id).collect();
        let ingest_ids: Vec<Uuid> = ingests.iter().map(|ingest| ingest.ingest_id).collect();
        let query = sqlx::query_scalar!(
            r#"SELECT o.ingest_id AS "ingest_id!" FROM unnest($1::uuid[], $2::uuid[]) AS i (stream_id, ingest_id)
               JOIN open_streams o ON o.stream_id = i.stream_id AND o.ingest_id = i.ingest_id"#,
            &stream_ids,
            &ingest_ids
        );
        let current = timed("ingests.current", query.fetch_all(&self.pool)).await?;
        Ok(ingests.iter().filter(|ingest| !current.contains(&ingest.ingest_id)).copied().collect())
    }

    /// Why an encoder may not send, if so.
    pub async fn check_ingest(&self, ingest: &Ingest) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        current(&mut transaction, ingest).await.map(|_| ())
    }

    /// Interrupts a stream, if it is live. Gives whether it was.
    async fn interrupt(&self, connection: &mut PgConnection, open: &Open) -> Result<bool> {
        if open.last_segment == 0 || open.is_lost {
            return Ok(false);
        }
        let mut stream = self.load(connection, open.stream_id).await?.ok_or_else(stream_not_found)?;
        sqlx::query!("UPDATE open_streams SET lost_time = now() WHERE stream_id = $1", open.stream_id)
            .execute(&mut *connection)
            .await?;
        let event = stream.interrupt(open.last_segment);
        self.append(connection, &mut stream, event).await?;
        Ok(true)
    }
}

/// The stream, locked, if this encoder is still the one that may send.
async fn current(connection: &mut PgConnection, ingest: &Ingest) -> Result<Open> {
    let open = Open::lock(connection, ingest.stream_id).await?.ok_or_else(stream_ended)?;
    match open.ingest_id {
        Some(ingest_id) if ingest_id == ingest.ingest_id => Ok(open),
        Some(_) => Err(Error::aborted("another encoder took over").with_reason("INGEST_SUPERSEDED").into()),
        None => Err(Error::permission_denied("the stream has another key now").with_reason("STREAM_KEY").into()),
    }
}

async fn insert(connection: &mut PgConnection, open: &Open, segment: &Segment) -> Result<()> {
    // At most ten seconds.
    let duration_ms = i32::try_from(segment.duration.as_millis()).unwrap_or(i32::MAX);
    let longest_ms = open.longest_ms.max(duration_ms);
    sqlx::query!(
        "INSERT INTO segments (stream_id, sequence, duration_ms, longest_ms, discontinuities, content)
         VALUES ($1, $2, $3, $4, $5, $6)",
        open.stream_id,
        segment.sequence,
        duration_ms,
        longest_ms,
        open.discontinuities,
        segment.content
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "UPDATE open_streams SET last_segment = $2, longest_ms = $3, seen_time = now(), lost_time = NULL
         WHERE stream_id = $1",
        open.stream_id,
        segment.sequence,
        longest_ms
    )
    .execute(connection)
    .await?;
    Ok(())
}

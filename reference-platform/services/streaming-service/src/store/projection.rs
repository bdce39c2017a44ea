//! The read model `streams`: follows the log, or is made anew from it. Each replica follows, one at a time; whoever has appended
//! follows up to that event before answering, so callers read what they wrote.

use std::collections::HashMap;

use social_database::Result;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::streams::StreamRow;
use super::{Store, log};
use crate::domain::{Recorded, Stream};

/// Events, or streams, that are taken at once.
const BATCH: i64 = 200;

impl Store {
    /// Brings the read model to the end of the log.
    pub async fn project(&self) -> Result<()> {
        while self.project_batch().await? {}
        Ok(())
    }

    /// Takes the next events in, in one transaction with the note of how far it came. Whether there may be more.
    async fn project_batch(&self) -> Result<bool> {
        let mut transaction = self.pool.begin().await?;
        let position = sqlx::query_scalar!("SELECT position FROM projections WHERE name = 'streams' FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        let rows = sqlx::query!(
            "SELECT position, payload FROM stream_events WHERE position > $1 ORDER BY position LIMIT $2",
            position,
            BATCH
        )
        .fetch_all(&mut *transaction)
        .await?;
        let Some(last) = rows.last() else { return Ok(false) };

        let events = rows.iter().map(|row| log::read(&row.payload)).collect::<Result<Vec<_>>>()?;
        let mut streams = projected(&mut transaction, &events).await?;
        apply(&mut streams, &events);
        write(&mut transaction, streams.values()).await?;
        sqlx::query!("UPDATE projections SET position = $1 WHERE name = 'streams'", last.position)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows.len() as i64 == BATCH)
    }

    /// Makes the read model anew from the log, while it is read and written: rows become right in batches. Gives the number of
    /// streams.
    pub async fn rebuild(&self) -> Result<u64> {
        let mut count = 0;
        let mut after = Uuid::nil();
        while let Some((last, streams)) = self.rebuild_batch(after).await? {
            after = last;
            count += streams;
        }
        self.project().await?;
        Ok(count)
    }

    /// Makes the rows of the streams after one anew, and removes those between that come of no event. `None` when there are no more.
    async fn rebuild_batch(&self, after: Uuid) -> Result<Option<(Uuid, u64)>> {
        let mut transaction = self.pool.begin().await?;
        // Nobody else writes rows meanwhile. Events that are taken in here and come again later do nothing.
        sqlx::query_scalar!("SELECT position FROM projections WHERE name = 'streams' FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        let ids = sqlx::query_scalar!(
            "SELECT stream_id FROM stream_events WHERE stream_id > $1 AND sequence = 1 ORDER BY stream_id LIMIT $2",
            after,
            BATCH
        )
        .fetch_all(&mut *transaction)
        .await?;
        let last = ids.last().copied().unwrap_or(Uuid::max());
        sqlx::query!("DELETE FROM streams WHERE stream_id > $1 AND stream_id <= $2", after, last)
            .execute(&mut *transaction)
            .await?;
        let mut streams = HashMap::new();
        let (mut stream_id, mut sequence) = (after, i64::MAX);
        loop {
            let rows = sqlx::query!(
                "SELECT stream_id, sequence, payload FROM stream_events
                 WHERE (stream_id, sequence) > ($1, $2) AND stream_id <= $3 ORDER BY stream_id, sequence LIMIT 500",
                stream_id,
                sequence,
                last
            )
            .fetch_all(&mut *transaction)
            .await?;
            let Some(end) = rows.last() else { break };
            (stream_id, sequence) = (end.stream_id, end.sequence);
            let events = rows.iter().map(|row| log::read(&row.payload)).collect::<Result<Vec<_>>>()?;
            apply(&mut streams, &events);
        }
        write(&mut transaction, streams.values()).await?;
        transaction.commit().await?;
        Ok((!ids.is_empty()).then_some((last, ids.len() as u64)))
    }
}

/// The rows of the streams of these events, where there are any.
async fn projected(connection: &mut PgConnection, events: &[Recorded]) -> Result<HashMap<Uuid, Stream>> {
    let ids: Vec<Uuid> = events.iter().map(|recorded| recorded.stream_id).collect();
    let rows = sqlx::query_as!(
        StreamRow,
        "SELECT stream_id, owner_id, title, state, create_time, live_time, end_time, peak_viewer_count, sequence
         FROM streams WHERE stream_id = ANY ($1)",
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.stream_id, row.into())).collect())
}

fn apply(streams: &mut HashMap<Uuid, Stream>, events: &[Recorded]) {
    for recorded in events {
        let (id, owner_id) = (recorded.stream_id, recorded.owner_id);
        streams.entry(id).or_insert_with(|| Stream::nothing_yet(id, owner_id)).apply(recorded);
    }
}

/// Writes rows, unless a newer one is there.
async fn write(connection: &mut PgConnection, streams: impl Iterator<Item = &Stream>) -> Result<()> {
    let rows: Vec<StreamRow> = streams.map(StreamRow::from).collect();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.stream_id).collect();
    let owner_ids: Vec<Uuid> = rows.iter().map(|row| row.owner_id).collect();
    let titles: Vec<String> = rows.iter().map(|row| row.title.clone()).collect();
    let states: Vec<i16> = rows.iter().map(|row| row.state).collect();
    let create_times: Vec<OffsetDateTime> = rows.iter().map(|row| row.create_time).collect();
    let live_times: Vec<Option<OffsetDateTime>> = rows.iter().map(|row| row.live_time).collect();
    let end_times: Vec<Option<OffsetDateTime>> = rows.iter().map(|row| row.end_time).collect();
    let peaks: Vec<i64> = rows.iter().map(|row| row.peak_viewer_count).collect();
    let sequences: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
    sqlx::query!(
        "INSERT INTO streams (stream_id, owner_id, title, state, create_time, live_time, end_time, peak_viewer_count, sequence)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[],
                              $7::timestamptz[], $8::bigint[], $9::bigint[])
         ON CONFLICT (stream_id) DO UPDATE
         SET title = excluded.title, state = excluded.state, create_time = excluded.create_time,
             live_time = excluded.live_time, end_time = excluded.end_time,
             peak_viewer_count = excluded.peak_viewer_count, sequence = excluded.sequence
         WHERE streams.sequence < excluded.sequence",
        &ids,
        &owner_ids,
        &titles,
        &states,
        &create_times,
        &live_times as &[Option<OffsetDateTime>],
        &end_times as &[Option<OffsetDateTime>],
        &peaks,
        &sequences
    )
    .execute(connection)
    .await?;
    Ok(())
}

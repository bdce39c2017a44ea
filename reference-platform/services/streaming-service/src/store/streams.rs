//! Reads of streams, from the read model. Streams of deleted accounts are shown to nobody.

use social_database::{Result, timed};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Store;
use crate::domain::{State, Stream};

/// A stream, and who watches it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub stream: Stream,
    pub viewer_count: i64,
}

/// Where a list of live streams goes on: after this one.
#[derive(Clone, Copy, Debug)]
pub struct LivePosition {
    pub viewer_count: i64,
    pub stream_id: Uuid,
}

impl LivePosition {
    /// Before the most watched one.
    pub const START: LivePosition = LivePosition { viewer_count: i64::MAX, stream_id: Uuid::max() };
}

/// A row of `streams`.
pub(super) struct StreamRow {
    pub stream_id: Uuid,
    pub owner_id: Uuid,
    pub title: String,
    pub state: i16,
    pub create_time: OffsetDateTime,
    pub live_time: Option<OffsetDateTime>,
    pub end_time: Option<OffsetDateTime>,
    pub peak_viewer_count: i64,
    pub sequence: i64,
}

/// A row of `streams` with that of `audiences`.
struct ShownRow {
    stream_id: Uuid,
    owner_id: Uuid,
    title: String,
    state: i16,
    create_time: OffsetDateTime,
    live_time: Option<OffsetDateTime>,
    end_time: Option<OffsetDateTime>,
    peak_viewer_count: i64,
    sequence: i64,
    viewer_count: i64,
}

impl Store {
    /// One stream.
    pub async fn stream(&self, stream_id: Uuid) -> Result<Option<Shown>> {
        let query = sqlx::query_as!(
            ShownRow,
            r#"SELECT s.stream_id, s.owner_id, s.title, s.state, s.create_time, s.live_time, s.end_time, s.sequence,
                      greatest(s.peak_viewer_count, a.peak_viewer_count) AS "peak_viewer_count!",
                      coalesce(a.viewer_count, 0) AS "viewer_count!"
               FROM streams s LEFT JOIN audiences a ON a.stream_id = s.stream_id
               WHERE s.stream_id = $1 AND NOT EXISTS (SELECT FROM deleted_accounts d WHERE d.account_id = s.owner_id)"#,
            stream_id
        );
        Ok(timed("streams.get", query.fetch_optional(&self.pool)).await?.map(Shown::from))
    }

    /// Streams of an owner before one, newest first.
    pub async fn streams_of(&self, owner_id: Uuid, before: Uuid, limit: i64) -> Result<Vec<Shown>> {
        let query = sqlx::query_as!(
            ShownRow,
            r#"SELECT s.stream_id, s.owner_id, s.title, s.state, s.create_time, s.live_time, s.end_time, s.sequence,
                      greatest(s.peak_viewer_count, a.peak_viewer_count) AS "peak_viewer_count!",
                      coalesce(a.viewer_count, 0) AS "viewer_count!"
               FROM streams s LEFT JOIN audiences a ON a.stream_id = s.stream_id
               WHERE s.owner_id = $1 AND s.stream_id < $2
                 AND NOT EXISTS (SELECT FROM deleted_accounts d WHERE d.account_id = s.owner_id)
               ORDER BY s.stream_id DESC LIMIT $3"#,
            owner_id,
            before,
            limit
        );
        let rows = timed("streams.of_owner", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Shown::from).collect())
    }

    /// Live streams after a position, most watched first. Those whose encoder is away for a moment are among them.
    pub async fn live_streams(&self, after: LivePosition, limit: i64) -> Result<Vec<Shown>> {
        let query = sqlx::query_as!(
            ShownRow,
            r#"SELECT s.stream_id, s.owner_id, s.title, s.state, s.create_time, s.live_time, s.end_time, s.sequence,
                      greatest(s.peak_viewer_count, a.peak_viewer_count) AS "peak_viewer_count!", a.viewer_count
               FROM audiences a JOIN streams s ON s.stream_id = a.stream_id
               WHERE (a.viewer_count, a.stream_id) < ($1, $2) AND s.state IN (2, 3)
                 AND NOT EXISTS (SELECT FROM deleted_accounts d WHERE d.account_id = s.owner_id)
               ORDER BY a.viewer_count DESC, a.stream_id DESC LIMIT $3"#,
            after.viewer_count,
            after.stream_id,
            limit
        );
        let rows = timed("streams.live", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Shown::from).collect())
    }
}

impl From<StreamRow> for Stream {
    fn from(row: StreamRow) -> Self {
        Stream {
            id: row.stream_id,
            owner_id: row.owner_id,
            title: row.title,
            state: state_from(row.state),
            create_time: row.create_time,
            live_time: row.live_time,
            end_time: row.end_time,
            peak_viewer_count: row.peak_viewer_count,
            sequence: row.sequence,
        }
    }
}

impl From<&Stream> for StreamRow {
    fn from(stream: &Stream) -> Self {
        StreamRow {
            stream_id: stream.id,
            owner_id: stream.owner_id,
            title: stream.title.clone(),
            state: state_number(stream.state),
            create_time: stream.create_time,
            live_time: stream.live_time,
            end_time: stream.end_time,
            peak_viewer_count: stream.peak_viewer_count,
            sequence: stream.sequence,
        }
    }
}

impl From<ShownRow> for Shown {
    fn from(row: ShownRow) -> Self {
        let stream = Stream {
            id: row.stream_id,
            owner_id: row.owner_id,
            title: row.title,
            state: state_from(row.state),
            create_time: row.create_time,
            live_time: row.live_time,
            end_time: row.end_time,
            peak_viewer_count: row.peak_viewer_count,
            sequence: row.sequence,
        };
        Shown { stream, viewer_count: row.viewer_count }
    }
}

fn state_number(state: State) -> i16 {
    match state {
        State::Created => 1,
        State::Live => 2,
        State::Interrupted => 3,
        State::Ended => 4,
    }
}

/// The table holds 1 to 4 only.
fn state_from(number: i16) -> State {
    match number {
        1 => State::Created,
        2 => State::Live,
        3 => State::Interrupted,
        _ => State::Ended,
    }
}

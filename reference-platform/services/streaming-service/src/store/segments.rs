//! Video that goes out.

use social_database::{Result, timed};
use uuid::Uuid;

use super::Store;
use crate::domain::{Entry, MAX_SEGMENTS};

/// Which segments a playlist has.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    Last(i64),
    All,
}

impl Store {
    /// What a playlist says of the segments of a stream, in order.
    pub async fn entries(&self, stream_id: Uuid, window: Window) -> Result<Vec<Entry>> {
        let limit = match window {
            Window::Last(count) => count,
            Window::All => MAX_SEGMENTS,
        };
        let query = sqlx::query_as!(
            Entry,
            "SELECT sequence, duration_ms, longest_ms, discontinuities FROM segments
             WHERE stream_id = $1 ORDER BY sequence DESC LIMIT $2",
            stream_id,
            limit
        );
        let mut entries = timed("segments.list", query.fetch_all(&self.pool)).await?;
        entries.reverse();
        Ok(entries)
    }

    /// The content of one segment, unless its stream is hidden.
    pub async fn segment(&self, stream_id: Uuid, sequence: i64) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query_scalar!(
            "SELECT g.content FROM segments g JOIN stream_events e ON e.stream_id = g.stream_id AND e.sequence = 1
             WHERE g.stream_id = $1 AND g.sequence = $2
               AND NOT EXISTS (SELECT FROM deleted_accounts d WHERE d.account_id = e.owner_id)",
            stream_id,
            sequence
        );
        Ok(timed("segments.get", query.fetch_optional(&self.pool)).await?)
    }
}

//! Who watches, as it was counted last.

use std::time::Duration;

use social_database::Result;
use uuid::Uuid;

use super::Store;

/// Streams that are counted at once.
const BATCH: i64 = 200;

impl Store {
    /// Live streams that were not counted for `age`. They are noted as counted: no other replica takes them too.
    pub async fn take_uncounted(&self, age: Duration) -> Result<Vec<Uuid>> {
        let ids = sqlx::query_scalar!(
            "UPDATE audiences SET count_time = now() WHERE stream_id IN (
                 SELECT stream_id FROM audiences WHERE count_time < now() - make_interval(secs => $1)
                 ORDER BY count_time LIMIT $2 FOR UPDATE SKIP LOCKED
             ) RETURNING stream_id",
            age.as_secs_f64(),
            BATCH
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids)
    }

    /// Notes how many watch these streams. Those that have ended meanwhile are passed over.
    pub async fn note_viewers(&self, stream_ids: &[Uuid], counts: &[i64]) -> Result<()> {
        sqlx::query!(
            "UPDATE audiences a
             SET viewer_count = c.viewer_count, peak_viewer_count = greatest(a.peak_viewer_count, c.viewer_count)
             FROM unnest($1::uuid[], $2::bigint[]) AS c (stream_id, viewer_count)
             WHERE a.stream_id = c.stream_id AND a.viewer_count <> c.viewer_count",
            stream_ids,
            counts
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

//! Queries over events. An id counts once: copies of a row are passed over by counting distinct ids, or by taking one row of each.
//! An event that a client sends again while its clock is ahead has another time; the earlier one counts, if it is at most
//! [`RESENT_WITHIN`] earlier.

use clickhouse::Row;
use clickhouse::query::Query;
use serde::Deserialize;

use super::{Result, Store};
use crate::domain::event::{REQUEST_SERVED, STREAM_WATCHED};
use crate::domain::metric::RedPoint;
use crate::domain::window::{MOST_STEPS, Window};

/// One hour, in microseconds.
const RESENT_WITHIN: i64 = 3_600_000_000;

#[derive(Row, Deserialize)]
struct StepRow {
    step: i64,
    value: f64,
}

#[derive(Row, Deserialize)]
struct RedRow {
    step: i64,
    service: String,
    requests: u64,
    errors: u64,
    /// Of 50, 95 and 99 %, in milliseconds.
    durations: Vec<f64>,
}

impl Store {
    /// How many events of a kind there are in each step that has any.
    pub async fn count(&self, kind: &str, window: &Window) -> Result<Vec<(i64, f64)>> {
        let sql = "SELECT intDiv(time_us - ?, ?) AS step, toFloat64(uniqExact(event_id)) AS value FROM domain_events
                   WHERE kind = ? AND time_us >= ? AND time_us < ? GROUP BY step ORDER BY step LIMIT ?";
        let query = self.query(sql).bind(window.begin_us).bind(window.step_us).bind(kind);
        self.steps(query.bind(window.begin_us).bind(window.end_us).bind(MOST_STEPS)).await
    }

    /// How many users did anything in each step in which there was one.
    pub async fn active_users(&self, window: &Window) -> Result<Vec<(i64, f64)>> {
        let sql = "SELECT intDiv(time_us - ?, ?) AS step, toFloat64(uniqExact(user_id)) AS value FROM (
                       SELECT time_us, user_id FROM domain_events
                       WHERE user_id != '' AND time_us >= ? AND time_us < ?
                       UNION ALL
                       SELECT time_us, user_id FROM client_events
                       WHERE user_id != '' AND time_us >= ? AND time_us < ?
                   ) GROUP BY step ORDER BY step LIMIT ?";
        let query = self.query(sql).bind(window.begin_us).bind(window.step_us);
        let query = query.bind(window.begin_us).bind(window.end_us).bind(window.begin_us).bind(window.end_us);
        self.steps(query.bind(MOST_STEPS)).await
    }

    /// Minutes of streams that clients have shown. One event tells at most an hour.
    pub async fn minutes_watched(&self, window: &Window) -> Result<Vec<(i64, f64)>> {
        let sql =
            "SELECT intDiv(first_us - ?, ?) AS step, sum(least(greatest(seconds, 0.0), 3600.0)) / 60 AS value FROM (
                       SELECT event_id, min(time_us) AS first_us, argMin(
                           toFloat64OrZero(property_values[indexOf(property_names, 'seconds')]), time_us
                       ) AS seconds
                       FROM client_events WHERE name = ? AND time_us >= ? AND time_us < ? GROUP BY event_id
                   ) WHERE first_us >= ? GROUP BY step ORDER BY step LIMIT ?";
        let query = self.query(sql).bind(window.begin_us).bind(window.step_us).bind(STREAM_WATCHED);
        let query = query.bind(window.begin_us - RESENT_WITHIN).bind(window.end_us).bind(window.begin_us);
        self.steps(query.bind(MOST_STEPS)).await
    }

    /// Rate, errors and durations by step and service, where there were requests, after the given place. The service is empty for
    /// all. Failures by the fault of a service are gRPC codes that say so and HTTP statuses from 500.
    pub async fn red(
        &self,
        window: &Window,
        service: &str,
        after: Option<&(i64, String)>,
        most: u32,
    ) -> Result<Vec<RedPoint>> {
        let sql = "SELECT step, service, count() AS requests,
                       countIf(code IN ('UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS')
                           OR match(code, '^5[0-9][0-9]$')) AS errors,
                       arrayMap(x -> toFloat64(x), quantilesTDigest(0.5, 0.95, 0.99)(milliseconds)) AS durations
                   FROM (
                       SELECT intDiv(first_us - ?, ?) AS step, service, code, milliseconds FROM (
                           SELECT event_id, min(time_us) AS first_us,
                               argMin(substringUTF8(property_values[indexOf(property_names, 'service')], 1, 60), time_us) AS service,
                               argMin(property_values[indexOf(property_names, 'code')], time_us) AS code,
                               argMin(
                                   toFloat64OrZero(property_values[indexOf(property_names, 'duration_ms')]), time_us
                               ) AS milliseconds
                           FROM client_events WHERE name = ? AND time_us >= ? AND time_us < ? GROUP BY event_id
                       ) WHERE first_us >= ? AND (? = '' OR service = ?)
                   ) WHERE step > ? OR (step = ? AND service > ?)
                   GROUP BY step, service ORDER BY step, service LIMIT ?";
        let (after_step, after_service) = after.map_or((-1, ""), |(step, service)| (*step, service.as_str()));
        // Steps before the page need not be read again.
        let begin = window.begin_of(after_step.max(0));
        let query = self.query(sql).bind(window.begin_us).bind(window.step_us).bind(REQUEST_SERVED);
        let query = query.bind(begin - RESENT_WITHIN).bind(window.end_us).bind(begin).bind(service).bind(service);
        let query = query.bind(after_step).bind(after_step).bind(after_service).bind(most);
        let rows: Vec<RedRow> = self.bounded("select", query.fetch_all()).await?;
        Ok(rows.into_iter().map(|row| row.point(window)).collect())
    }

    async fn steps(&self, query: Query) -> Result<Vec<(i64, f64)>> {
        let rows: Vec<StepRow> = self.bounded("select", query.fetch_all()).await?;
        Ok(rows.into_iter().map(|row| (row.step, row.value)).collect())
    }
}

impl RedRow {
    fn point(self, window: &Window) -> RedPoint {
        let duration = |index: usize| {
            let milliseconds = self.durations.get(index).copied().unwrap_or_default();
            std::time::Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
        };
        RedPoint {
            step: self.step,
            rate: self.requests as f64 / window.seconds_of(self.step),
            error_ratio: self.errors as f64 / self.requests.max(1) as f64,
            p50: duration(0),
            p95: duration(1),
            p99: duration(2),
            service: self.service,
        }
    }
}

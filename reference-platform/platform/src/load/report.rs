//! What a load has shown, as JSON for programs and Markdown for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{Plan, Seen};

/// One run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// Calls per second that were planned.
    pub planned_rate: u32,
    /// Calls per second that were begun.
    pub reached_rate: f64,
    /// Seconds.
    pub duration: f64,
    /// Calls that ended, however.
    pub calls: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that were not begun, because too many were in flight.
    pub shed: u64,
    /// 95th percentile over all reads, in milliseconds.
    pub reads_p95: f64,
    /// One for each operation, by name.
    pub operations: Vec<Row>,
}

/// One operation. Latencies are in milliseconds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Row {
    /// Service and operation.
    pub operation: String,
    /// Calls that ended, however.
    pub calls: u64,
    /// Answers from which something was left out.
    pub less: u64,
    /// Failures by code.
    pub errors: BTreeMap<String, u64>,
    /// Median.
    pub p50: f64,
    /// 95 of 100 were faster.
    pub p95: f64,
    /// 99 of 100 were faster.
    pub p99: f64,
    /// 999 of 1000 were faster.
    pub p999: f64,
    /// The slowest.
    pub max: f64,
}

impl Report {
    pub(super) fn new(plan: &Plan, seconds: f64, shed: u64, seen: BTreeMap<&'static str, Seen>) -> Self {
        let writes =
            |name: &str| plan.operations.iter().any(|operation| operation.name() == name && operation.writes());
        let mut reads = seen.iter().filter(|(name, _)| !writes(name)).map(|(_, seen)| seen.latencies.clone());
        let all_reads = reads.next().map(|mut all| {
            for latencies in reads {
                // They have the same bounds.
                let _ = all.add(latencies);
            }
            all
        });
        let operations: Vec<Row> = seen.into_iter().map(|(name, seen)| Row::new(name, &seen)).collect();
        let calls = operations.iter().map(|row| row.calls).sum();
        Self {
            planned_rate: plan.rate,
            reached_rate: calls as f64 / seconds,
            duration: seconds,
            calls,
            failed: operations.iter().flat_map(|row| row.errors.values()).sum(),
            shed,
            reads_p95: all_reads.map_or(0.0, |all| millis(all.value_at_quantile(0.95))),
            operations,
        }
    }

    /// A page for people.
    pub fn to_markdown(&self) -> String {
        let mut page = String::from("# Load\n\n");
        let _ = writeln!(
            page,
            "{} calls in {:.0} s: {:.1} a second of {} planned, {} failed, {} not begun. Reads: p95 {:.1} ms.\n",
            self.calls, self.duration, self.reached_rate, self.planned_rate, self.failed, self.shed, self.reads_p95
        );
        page.push_str("Latencies in milliseconds, from when a call was due.\n\n");
        page.push_str("| operation | calls | p50 | p95 | p99 | p99.9 | max | less | errors |\n");
        page.push_str("|---|---:|---:|---:|---:|---:|---:|---:|---|\n");
        for row in &self.operations {
            let errors: Vec<String> = row.errors.iter().map(|(code, count)| format!("{code} {count}")).collect();
            let _ = writeln!(
                page,
                "| {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {} |",
                row.operation,
                row.calls,
                row.p50,
                row.p95,
                row.p99,
                row.p999,
                row.max,
                row.less,
                errors.join(", ")
            );
        }
        page
    }
}

impl Row {
    fn new(operation: &str, seen: &Seen) -> Self {
        let quantile = |quantile| millis(seen.latencies.value_at_quantile(quantile));
        Self {
            operation: operation.to_owned(),
            calls: seen.latencies.len(),
            less: seen.less,
            errors: seen.errors.clone(),
            p50: quantile(0.5),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: millis(seen.latencies.max()),
        }
    }
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hdrhistogram::Histogram;

    use super::*;
    use crate::workload::Operation;

    #[test]
    fn a_report_has_what_happened_in_both_forms() {
        let mut latencies = Histogram::new_with_bounds(1, 60_000_000, 3).unwrap();
        (1..=100).for_each(|number| latencies.record(number * 1000).unwrap());
        let errors = BTreeMap::from([("Unavailable".to_owned(), 4)]);
        let operations = vec![Operation::GetPost, Operation::CreatePost];
        let plan = Plan { rate: 10, duration: Duration::from_secs(10), in_flight: 8, operations };
        let seen = BTreeMap::from([("content/get-post", Seen { latencies, less: 2, errors })]);
        let report = Report::new(&plan, 10.0, 3, seen);
        assert_eq!((report.calls, report.failed, report.shed, report.reached_rate), (100, 4, 3, 10.0));
        assert!((report.reads_p95 - 95.0).abs() < 0.2, "{}", report.reads_p95);
        let page = report.to_markdown();
        assert!(page.contains("| content/get-post | 100 | 50.0 |"), "{page}");
        assert!(page.contains("Unavailable 4"), "{page}");
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap().operations[0].errors["Unavailable"], 4);
    }
}

//! Metrics of the process as Prometheus reads them.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper bounds of histograms in seconds, close to each other where the objectives lie (p95 of reads below 100 ms).
const BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Makes the recorder of the process; the second call changes nothing.
pub fn install() {
    handle();
}

/// All metrics in the text format of Prometheus.
pub fn render() -> String {
    handle().render()
}

/// Folds samples of histograms into their buckets, which reading does too: without it they pile up while nobody reads.
pub fn upkeep() {
    handle().run_upkeep();
}

fn handle() -> &'static PrometheusHandle {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        // Only an empty list of bounds is refused.
        let builder = builder.set_buckets(&BUCKETS).unwrap_or_default();
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::error!("another recorder of metrics is there already: these metrics stay empty");
        }
        handle
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_have_buckets() {
        install();
        metrics::histogram!("recorder_test_duration_seconds").record(0.02);
        upkeep();
        let text = render();
        assert!(text.contains("recorder_test_duration_seconds_bucket{le=\"0.01\"} 0"), "{text}");
        assert!(text.contains("recorder_test_duration_seconds_bucket{le=\"0.025\"} 1"), "{text}");
    }
}

//! Work that nobody waits for. Every replica may do it: they take turns by locks of rows.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::store::{Retention, Store};

/// Between two steps: those who wait for an answer come first.
const STEP_PAUSE: Duration = Duration::from_millis(10);

/// Tells followers what is to be told to all of them, until `stop` is cancelled.
pub async fn fan_out(app: App, interval: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match stop.run_until_cancelled(app.fan_out()).await {
            None => return,
            Some(Ok(true)) => STEP_PAUSE,
            Some(Ok(false)) => interval,
            Some(Err(error)) => {
                tracing::warn!(%error, "followers could not be told");
                interval
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

/// Removes what is left of accounts that are gone, until `stop` is cancelled.
pub async fn sweep(app: App, interval: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match stop.run_until_cancelled(app.sweep()).await {
            None => return,
            Some(Ok(true)) => STEP_PAUSE,
            Some(Ok(false)) => interval,
            Some(Err(error)) => {
                tracing::warn!(%error, "accounts that are gone could not be swept");
                interval
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

/// Removes what was kept long enough, until `stop` is cancelled.
pub async fn purge(store: Store, retention: Retention, interval: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match stop.run_until_cancelled(store.purge(retention)).await {
            None => return,
            Some(Ok(true)) => STEP_PAUSE,
            Some(Ok(false)) => interval,
            Some(Err(error)) => {
                tracing::warn!(%error, "what was kept long enough could not be removed");
                interval
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

/// Shows how many pushes wait, until `stop` is cancelled.
pub async fn measure(store: Store, stop: CancellationToken) {
    const INTERVAL: Duration = Duration::from_secs(5);
    while !stop.is_cancelled() {
        match store.measure_deliveries().await {
            Ok(measured) => {
                for (provider, pending, oldest) in measured {
                    metrics::gauge!("push_pending", "provider" => provider.name()).set(pending as f64);
                    metrics::gauge!("push_oldest_due_seconds", "provider" => provider.name()).set(oldest);
                }
            }
            Err(error) => tracing::warn!(%error, "waiting pushes were not measured"),
        }
        stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await;
    }
}

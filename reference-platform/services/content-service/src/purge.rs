//! Removes what hangs on deleted posts, in the background.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Between two batches: those who wait for an answer come first.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks for deleted posts at each `interval` until `stop` is cancelled. Every replica may run it.
pub async fn run(store: Store, interval: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match store.purge_batch().await {
            Ok(true) => PAUSE,
            Ok(false) => interval,
            Err(error) => {
                tracing::warn!(%error, "deleted posts could not be purged");
                interval
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

//! Removes what was said in abandoned conversations, in the background.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Looks every `interval` until `stop` is cancelled. A failure is logged and the next round tries again.
pub async fn run(store: Store, interval: Duration, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
        match stop.run_until_cancelled(purge(&store)).await {
            None => return,
            Some(Ok(0)) => {}
            Some(Ok(count)) => tracing::debug!(count, "rows of abandoned conversations removed"),
            Some(Err(error)) => tracing::warn!(%error, "abandoned conversations could not be removed"),
        }
    }
}

async fn purge(store: &Store) -> social_database::Result<u64> {
    let mut count = 0;
    loop {
        match store.purge_batch().await? {
            0 => return Ok(count),
            removed => count += removed,
        }
    }
}

//! Deletes the edges of erased members in the background, in every replica.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Runs until the token is cancelled. A failure is logged and the next round tries again.
pub async fn run(store: Store, interval: Duration, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
        let swept = stop.run_until_cancelled(sweep_all(&store)).await;
        if let Some(Err(error)) = swept {
            tracing::warn!(%error, "edges of erased members could not be swept");
        }
    }
}

async fn sweep_all(store: &Store) -> social_database::Result<()> {
    while store.sweep().await? {}
    Ok(())
}

//! Work that nobody asks for: fresh keys, rotation, and the deletion of what has expired. Every replica does it; the store sees to it
//! that this does no harm. A failure is logged and the next round tries again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::keyring::KeyRing;
use crate::store::Store;

/// Keys that another replica has made are known here after that.
const READ_KEYS_EVERY: Duration = Duration::from_secs(5);
const LOOK_FOR_ROTATION_EVERY: Duration = Duration::from_secs(60);

/// A round of the purge ends after so many batches: what is left comes in the next one.
const MAX_BATCHES: usize = 100;
/// Between batches others have their turn.
const BREATH: Duration = Duration::from_millis(50);

pub async fn read_keys(keys: KeyRing, stop: CancellationToken) {
    while pause(READ_KEYS_EVERY, &stop).await {
        if let Err(error) = keys.read().await {
            tracing::warn!(%error, "keys could not be read");
        }
    }
}

pub async fn rotate_keys(keys: KeyRing, period: Duration, stop: CancellationToken) {
    while pause(LOOK_FOR_ROTATION_EVERY.min(period), &stop).await {
        match keys.rotate_if_due(period).await {
            Ok(true) => tracing::info!("the signing key was rotated"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the signing key could not be rotated"),
        }
    }
}

pub async fn purge(store: Store, keys: KeyRing, every: Duration, stop: CancellationToken) {
    while pause(every, &stop).await {
        if let Err(error) = purge_round(&store, &keys, &stop).await {
            tracing::warn!(%error, "expired rows could not be deleted");
        }
    }
}

async fn purge_round(store: &Store, keys: &KeyRing, stop: &CancellationToken) -> social_database::Result<()> {
    for _ in 0..MAX_BATCHES {
        if !store.purge_batch(keys.retired_after()).await? || !pause(BREATH, stop).await {
            break;
        }
    }
    Ok(())
}

/// Waits for a while, a little less by chance so that replicas do not come together; false when it is time to stop.
async fn pause(period: Duration, stop: &CancellationToken) -> bool {
    let wait = rand::random_range(period.mul_f64(0.8)..=period);
    stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_some()
}

//! Work that nobody asks for. Every replica may run each of these; a failure is logged and the next round tries again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::live::{Ingests, Rooms};
use crate::settings::Settings;
use crate::store::Store;
use crate::viewers::Viewers;

/// Between two batches of a purge: those who wait for an answer come first.
const PURGE_PAUSE: Duration = Duration::from_millis(50);

/// Cuts encoders off that may not send any more, interrupts streams whose encoders are silent, ends those whose encoders stay away,
/// and brings the read model up to date, should whoever appended not have done it.
pub async fn sweep(store: Store, ingests: Ingests, rooms: Rooms, settings: Settings, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(settings.sweep_interval)).await.is_some() {
        if let Err(error) = ingests.review(&store).await {
            tracing::warn!(%error, "encoders could not be reviewed");
        }
        if let Err(error) = lost_encoders(&store, &rooms, &settings).await {
            tracing::warn!(%error, "lost encoders could not be looked for");
        }
        if let Err(error) = store.project().await {
            tracing::warn!(%error, "the read model could not follow");
        }
    }
}

async fn lost_encoders(store: &Store, rooms: &Rooms, settings: &Settings) -> social_database::Result<()> {
    while store.interrupt_silent(settings.ingest_silence).await? {}
    while let Some(stream) = store.end_lost(settings.resume_window).await? {
        tracing::info!(stream_id = %stream.id, "the encoder did not come back");
        store.project().await?;
        rooms.tell(stream.id).await;
    }
    Ok(())
}

/// Counts who watches.
pub async fn count(store: Store, viewers: Viewers, interval: Duration, stop: CancellationToken) {
    // Looks twice as often as counts get old, so that they get only a little older.
    while stop.run_until_cancelled(tokio::time::sleep(interval / 2)).await.is_some() {
        if let Err(error) = count_due(&store, &viewers, interval).await {
            tracing::warn!(%error, "viewers could not be counted");
        }
    }
}

async fn count_due(store: &Store, viewers: &Viewers, interval: Duration) -> Result<(), social_runtime::Error> {
    loop {
        let stream_ids = store.take_uncounted(interval).await?;
        if stream_ids.is_empty() {
            return Ok(());
        }
        let counts = viewers.count(&stream_ids).await?;
        store.note_viewers(&stream_ids, &counts).await?;
    }
}

/// Looks at each `interval` for what is stored of streams that have ended long ago, and removes it.
pub async fn purge(store: Store, interval: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match store.purge_batch().await {
            Ok(true) => PURGE_PAUSE,
            Ok(false) => interval,
            Err(error) => {
                tracing::warn!(%error, "recordings could not be purged");
                interval
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

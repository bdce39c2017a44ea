//! Removes objects that belong to no file: what a crash has left between the object store and the database.

use std::time::Duration;

use futures::TryStreamExt;
use object_store::path::Path;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::objects::{MEDIA, Objects, UPLOADS, media_id};
use crate::store::Store;

/// Keys that are looked up at a time.
const BATCH: usize = 500;

/// Sweeps at each `interval` until `stop` is cancelled. Every replica may do it.
pub async fn run(store: Store, objects: Objects, interval: Duration, age: Duration, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
        match stop.run_until_cancelled(sweep(&store, &objects, age)).await {
            None | Some(Ok(())) => {}
            Some(Err(error)) => tracing::warn!(error = format!("{error:#}"), "orphans could not be swept"),
        }
    }
}

async fn sweep(store: &Store, objects: &Objects, age: Duration) -> anyhow::Result<()> {
    let limit = OffsetDateTime::now_utc() - age;
    for prefix in [UPLOADS, MEDIA] {
        let old = objects
            .list(prefix)
            .try_filter(|object| std::future::ready(object.last_modified.timestamp() < limit.unix_timestamp()));
        let mut batches = old.map_ok(|object| object.location).try_chunks(BATCH);
        while let Some(keys) = batches.try_next().await? {
            remove_orphans(store, objects, keys).await?;
        }
    }
    objects.remove_unfinished(age).await
}

async fn remove_orphans(store: &Store, objects: &Objects, mut keys: Vec<Path>) -> anyhow::Result<()> {
    let media_ids: Vec<Uuid> = keys.iter().filter_map(media_id).collect();
    let known = store.known(&media_ids).await?;
    // What is no key of this service is not its business.
    keys.retain(|key| media_id(key).is_some_and(|media_id| !known.contains(&media_id)));
    if !keys.is_empty() {
        tracing::info!(count = keys.len(), "removing objects of no file");
        metrics::counter!("media_orphans_removed_total").increment(keys.len() as u64);
        objects.remove(keys).await?;
    }
    Ok(())
}

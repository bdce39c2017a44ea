//! Encoders that send to this replica, and how they are cut off: whoever may not send any more is told so within a second, whatever
//! replica gave the stream another key. What was stored before that counts; nothing is stored after it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use social_runtime::Error;
use tokio_util::sync::CancellationToken;

use crate::store::{Ingest, Store};

/// Encoders of one replica: each can have a segment of 3 MiB in memory.
const MAX_INGESTS: usize = 128;

/// Encoders by what they may do. Clones are the same.
#[derive(Clone, Default)]
pub struct Ingests(Arc<Mutex<HashMap<Ingest, CancellationToken>>>);

/// An encoder that is cut off when the token says so. It is forgotten with the value.
pub struct Running {
    ingests: Ingests,
    ingest: Ingest,
    cut_off: CancellationToken,
}

impl Ingests {
    /// RESOURCE_EXHAUSTED when there are too many. Two that begin at the same moment may be one too many, which is no harm.
    pub fn check_room(&self) -> Result<(), Error> {
        if self.running().len() < MAX_INGESTS {
            return Ok(());
        }
        Err(Error::resource_exhausted("too many encoders at once").retry_after(Duration::from_secs(1)))
    }

    /// An encoder begins.
    pub fn begin(&self, ingest: Ingest) -> Running {
        let cut_off = CancellationToken::new();
        self.running().insert(ingest, cut_off.clone());
        self.measure();
        Running { ingests: self.clone(), ingest, cut_off }
    }

    /// Cuts off those that may not send any more.
    pub async fn review(&self, store: &Store) -> social_database::Result<()> {
        let ingests: Vec<Ingest> = self.running().keys().copied().collect();
        if ingests.is_empty() {
            return Ok(());
        }
        let superseded = store.superseded(&ingests).await?;
        let running = self.running();
        for ingest in &superseded {
            if let Some(cut_off) = running.get(ingest) {
                cut_off.cancel();
            }
        }
        Ok(())
    }

    fn measure(&self) {
        metrics::gauge!("streaming_ingests").set(self.running().len() as f64);
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Ingest, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Which one it is.
    pub fn ingest(&self) -> &Ingest {
        &self.ingest
    }

    /// Returns when the encoder may not send any more.
    pub async fn cut_off(&self) {
        self.cut_off.cancelled().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ingests.running().remove(&self.ingest);
        self.ingests.measure();
    }
}

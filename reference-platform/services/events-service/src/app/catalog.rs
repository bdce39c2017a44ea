//! All schemas, in memory: events come in while ClickHouse is down.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use social_runtime::Result;
use tokio_util::sync::CancellationToken;

use crate::domain::schema::Schema;
use crate::store::{Error, Store};

/// Pause after an attempt to read the schemas that has failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The schemas as they were a moment ago.
pub struct Catalog {
    store: Store,
    known: RwLock<Option<Arc<Schemas>>>,
}

/// Versions of each name, from 1 without gaps.
pub struct Schemas(HashMap<String, Vec<Schema>>);

impl Schemas {
    fn new(versions: Vec<Schema>) -> Self {
        let mut schemas: HashMap<String, Vec<Schema>> = HashMap::new();
        for version in versions {
            schemas.entry(version.name.clone()).or_default().push(version);
        }
        Self(schemas)
    }

    /// One version.
    pub fn version(&self, name: &str, version: i32) -> Option<&Schema> {
        let index = usize::try_from(version).ok()?.checked_sub(1)?;
        self.0.get(name)?.get(index)
    }

    /// The latest version.
    pub fn latest(&self, name: &str) -> Option<&Schema> {
        self.0.get(name)?.last()
    }

    /// Versions of all schemas.
    pub fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }
}

impl Catalog {
    /// Nothing is known yet.
    pub fn new(store: Store) -> Self {
        Self { store, known: RwLock::new(None) }
    }

    /// What is known. Asks the store only when that is nothing: UNAVAILABLE when it does not answer.
    pub async fn schemas(&self) -> Result<Arc<Schemas>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(known) => Ok(known),
            None => Ok(self.reload().await?),
        }
    }

    /// Reads the schemas again.
    pub async fn reload(&self) -> Result<Arc<Schemas>, Error> {
        let schemas = Arc::new(Schemas::new(self.store.schemas().await?));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(schemas.clone());
        Ok(schemas)
    }

    /// Reads the schemas again and again, until the token is cancelled.
    pub async fn refresh(&self, every: Duration, stop: CancellationToken) {
        let work = async {
            loop {
                match self.reload().await {
                    Ok(_) => tokio::time::sleep(every).await,
                    Err(error) => {
                        tracing::warn!(%error, "schemas cannot be read");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        stop.run_until_cancelled(work).await;
    }
}

//! Use cases. Each checks what came in, decides, and asks the store or tells the log. Knows neither messages of gRPC nor HTTP: both
//! edges call the same.

mod catalog;
mod ingest;
mod metrics;
mod schemas;

use std::sync::Arc;
use std::time::Duration;

use social_events::Publisher;

use crate::store::Store;

pub use catalog::Catalog;
pub use ingest::{Ingested, Sender};
pub use metrics::WindowInput;

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    pub entries: Vec<T>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// The use cases of the service. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    catalog: Arc<Catalog>,
    publisher: Publisher,
    publish_timeout: Duration,
}

impl App {
    /// Use cases on the store and the log.
    pub fn new(store: Store, catalog: Arc<Catalog>, publisher: Publisher, publish_timeout: Duration) -> Self {
        Self { store, catalog, publisher, publish_timeout }
    }
}

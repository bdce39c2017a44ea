//! Use cases. Each checks what came in, decides, and changes the store together with the event that tells it. Knows
//! neither messages of gRPC nor HTTP: both edges call the same.

mod edges;
mod lists;
mod profiles;
mod settings;

use std::sync::Arc;

use crate::store::Store;
use crate::store::graph::Graph;

pub use lists::Listed;
pub use profiles::{By, ProfileInput};
pub use settings::SettingsInput;

/// The use cases of the service. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    graph: Arc<Graph>,
}

impl App {
    /// Use cases on both stores.
    pub fn new(store: Store, graph: Arc<Graph>) -> Self {
        Self { store, graph }
    }
}

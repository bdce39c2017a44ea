//! Use cases, in the words of the contract: each checks what comes in, decides who may, and stores. Both edges call these, and
//! consumers and background work theirs.

mod dead_letters;
mod devices;
mod events;
mod inbox;
mod input;
mod preferences;
mod templates;

use std::time::Duration;

use futures::{StreamExt, stream};
use social_cache::Cache;
use uuid::Uuid;

use crate::neighbours::Users;
use crate::push::Route;
use crate::store::Store;

/// Changes that are told to the cache at the same time.
const INVALIDATIONS: usize = 16;

/// The service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    store: Store,
    /// How many each user has not read.
    unread: Cache<i64>,
    users: Users,
    routes: Vec<Route>,
    /// How long an operator's attempt has a dead letter alone.
    lease: Duration,
}

impl App {
    /// On its stores, neighbour and providers.
    pub fn new(store: Store, unread: Cache<i64>, users: Users, routes: Vec<Route>, lease: Duration) -> Self {
        Self { store, unread, users, routes, lease }
    }

    /// After the commit of a change in the lists of these users. If Redis is away an old count may be told until it expires there.
    async fn recount(&self, users: Vec<Uuid>) {
        let failures = stream::iter(users)
            .map(|user_id| async move { self.unread.invalidate(user_id).await })
            .buffer_unordered(INVALIDATIONS)
            .filter_map(|result| async move { result.err() });
        futures::pin_mut!(failures);
        if let Some(error) = failures.next().await {
            tracing::warn!(%error, "counts of unread notifications stay in the cache");
        }
    }
}

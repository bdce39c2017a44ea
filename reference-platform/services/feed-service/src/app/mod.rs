//! Use cases: what readers ask for, and what events do to feeds. Both edges and the consumer call these.

mod build;
mod list;
mod posts;
mod status;

pub use posts::Change;

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::neighbours::{Posts, Users};
use crate::store::Store;

/// Feeds that are built at the same time; more wait.
const BUILDS: usize = 4;

/// The service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    store: Store,
    users: Users,
    posts: Posts,
    /// Who has more followers is very followed.
    popular_followers: i64,
    builds: Arc<Semaphore>,
}

impl App {
    /// On its store and neighbours.
    pub fn new(store: Store, users: Users, posts: Posts, popular_followers: i64) -> Self {
        App { store, users, posts, popular_followers, builds: Arc::new(Semaphore::new(BUILDS)) }
    }
}

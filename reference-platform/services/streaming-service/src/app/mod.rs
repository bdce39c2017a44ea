//! Use cases, in the words of the contract: each checks what comes in, decides who may, and stores. Both edges call these.

mod chat;
mod ingest;
mod input;
mod streams;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use social_cache::{Quota, RateLimiter, Redis, WhenDown};
use social_runtime::Error;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::live::{Ingests, Rooms};
use crate::neighbours::Users;
use crate::store::{Shown, Store, stream_not_found};
use crate::viewers::Viewers;

/// Messages of one account in one chat.
const CHAT_QUOTA: Quota = Quota { burst: 5, refill: 1, per: Duration::from_secs(1) };
/// Signs of life of all players of one account: nobody makes a crowd.
const VIEWER_QUOTA: Quota = Quota { burst: 20, refill: 1, per: Duration::from_secs(1) };
/// Readers of chats in one replica.
const MAX_READERS: usize = 4096;

/// The service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    store: Store,
    users: Users,
    viewers: Viewers,
    ingests: Ingests,
    rooms: Rooms,
    chat_limit: RateLimiter,
    viewer_limit: RateLimiter,
    readers: Arc<Semaphore>,
    /// Before the addresses in playlists.
    public_url: Arc<str>,
    ingest_silence: Duration,
    stopping: CancellationToken,
}

/// What an [`App`] works with.
pub struct Parts {
    pub store: Store,
    pub users: Users,
    pub viewers: Viewers,
    pub ingests: Ingests,
    pub rooms: Rooms,
    pub public_url: String,
    pub ingest_silence: Duration,
    /// Cancelled when this process stops.
    pub stopping: CancellationToken,
}

impl App {
    /// On its stores and neighbours.
    pub fn new(parts: Parts, redis: &Redis) -> Self {
        App {
            store: parts.store,
            users: parts.users,
            viewers: parts.viewers,
            ingests: parts.ingests,
            rooms: parts.rooms,
            chat_limit: RateLimiter::new(redis, "streaming:chat", CHAT_QUOTA, WhenDown::Allow),
            viewer_limit: RateLimiter::new(redis, "streaming:viewer", VIEWER_QUOTA, WhenDown::Allow),
            readers: Arc::new(Semaphore::new(MAX_READERS)),
            public_url: parts.public_url.trim_end_matches('/').into(),
            ingest_silence: parts.ingest_silence,
            stopping: parts.stopping,
        }
    }

    /// A stream that is there for everybody.
    async fn shown(&self, stream_id: Uuid) -> Result<Shown, Error> {
        self.store.stream(stream_id).await?.ok_or_else(stream_not_found)
    }

    /// After something was appended: the read model has it before the caller is answered. Should that fail it comes a moment later.
    async fn follow(&self) {
        if let Err(error) = self.store.project().await {
            tracing::warn!(%error, "the read model follows later");
        }
    }
}

//! The tables. Commands lock the row of the stream in `open_streams`, load it from the log (`log.rs`), and append what happens;
//! the outbox row is part of the same transaction. Reads take the read model (`streams.rs`), which `projection.rs` derives from the
//! log. Who may do what is decided before, unless it depends on what is locked.

mod accounts;
mod audience;
mod chat;
mod commands;
mod ingest;
mod log;
mod projection;
mod recordings;
mod segments;
mod streams;

use std::time::Duration;

use prost::Message;
use social_database::{Result, answers};
use social_runtime::Error;
use sqlx::PgPool;

pub use chat::BACKLOG;
pub use ingest::{Ingest, Stored};
pub use segments::Window;
pub use streams::{LivePosition, Shown};

/// The tables of this service.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
    snapshot_every: i64,
    retention: Duration,
}

impl Store {
    /// On a pool that is used for nothing else. Ended streams keep segments and chat for `retention`.
    pub fn new(pool: PgPool, snapshot_every: i64, retention: Duration) -> Self {
        Store { pool, snapshot_every, retention }
    }

    /// What was answered to this request before.
    pub async fn answer<A: Message + Default>(&self, once: &answers::Key) -> Result<Option<A>> {
        let mut transaction = self.pool.begin().await?;
        let answer = answers::find(&mut transaction, once).await?;
        transaction.commit().await?;
        Ok(answer)
    }
}

/// What is told of a stream that is not there, or not for the caller.
pub fn stream_not_found() -> Error {
    Error::not_found("there is no such stream")
}

/// What is told of a stream that is over.
pub fn stream_ended() -> Error {
    Error::failed_precondition("the stream has ended").with_reason("STREAM_ENDED")
}

/// What is told of a stream that is not live.
pub fn stream_not_live() -> Error {
    Error::failed_precondition("the stream is not live").with_reason("STREAM_NOT_LIVE")
}

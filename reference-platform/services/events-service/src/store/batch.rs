//! Rows that are inserted together. ClickHouse wants few and large inserts, consumers want to know of each row when it is in.

use std::time::Duration;

use clickhouse::{RowOwned, RowWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Result, Store};

/// Rows of one insert.
const MOST_ROWS: usize = 500;
/// Rows that wait for their insert; who has one more waits too.
const ROOM: usize = 1000;

/// The row was not inserted, or nobody knows; it may come again.
#[derive(Debug, thiserror::Error)]
#[error("not inserted: {0}")]
pub struct NotInserted(String);

struct Waiting<R> {
    row: R,
    done: oneshot::Sender<Result<(), NotInserted>>,
}

/// Where rows of one table are given.
#[derive(Clone)]
pub struct Batch<R> {
    queue: mpsc::Sender<Waiting<R>>,
}

/// Inserts what is given to its [`Batch`].
pub struct Inserts<R> {
    store: Store,
    table: &'static str,
    linger: Duration,
    queue: mpsc::Receiver<Waiting<R>>,
}

impl<R> Batch<R>
where
    R: RowOwned + RowWrite + Send + Sync,
{
    /// A table and how long the first row of a batch waits for further ones.
    pub fn new(store: Store, table: &'static str, linger: Duration) -> (Self, Inserts<R>) {
        let (sender, receiver) = mpsc::channel(ROOM);
        (Self { queue: sender }, Inserts { store, table, linger, queue: receiver })
    }

    /// Returns when the row is in the table.
    pub async fn insert(&self, row: R) -> Result<(), NotInserted> {
        let (done, inserted) = oneshot::channel();
        let stopped = || NotInserted("inserts have stopped".to_owned());
        self.queue.send(Waiting { row, done }).await.map_err(|_| stopped())?;
        inserted.await.map_err(|_| stopped())?
    }
}

impl<R> Inserts<R>
where
    R: RowOwned + RowWrite + Send + Sync,
{
    /// Inserts until the token is cancelled. Consumers have stopped before that.
    pub async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut waiting = Vec::with_capacity(MOST_ROWS);
        while let Some(received) = stop.run_until_cancelled(self.queue.recv_many(&mut waiting, MOST_ROWS)).await {
            if received == 0 {
                break;
            }
            self.fill(&mut waiting).await;
            let outcome = self.insert(&waiting).await.map_err(|error| error.to_string());
            for Waiting { done, .. } in waiting.drain(..) {
                // Whoever does not wait any more gets the event again.
                let _ = done.send(outcome.clone().map_err(NotInserted));
            }
        }
        Ok(())
    }

    /// Takes what else comes while the first row waits.
    async fn fill(&mut self, waiting: &mut Vec<Waiting<R>>) {
        let until = tokio::time::Instant::now() + self.linger;
        while waiting.len() < MOST_ROWS {
            let room = MOST_ROWS - waiting.len();
            match tokio::time::timeout_at(until, self.queue.recv_many(waiting, room)).await {
                Ok(received) if received > 0 => {}
                _ => return,
            }
        }
    }

    async fn insert(&self, waiting: &[Waiting<R>]) -> Result<()> {
        let work = async {
            let mut insert = self.store.client.insert::<R>(self.table).await?;
            for Waiting { row, .. } in waiting {
                insert.write(row).await?;
            }
            insert.end().await
        };
        self.store.bounded("insert", work).await
    }
}

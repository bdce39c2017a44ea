//! What one session tells its device: what comes if it is the next, else what the store has, so that positions have no gaps.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use social_proto::messaging::v1::ChatResponse;
use social_proto::messaging::v1::chat_response::Event;
use social_runtime::Error;
use social_runtime::page::Query;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::hub::Signal;
use super::wire::Live;
use crate::convert;
use crate::domain::{Step, step};
use crate::store::Store;

/// Entries that are read at once.
const PAGE: i64 = 100;
/// A device that takes nothing for so long is too slow.
const PATIENCE: Duration = Duration::from_secs(10);

/// How positions are told to the devices of a user. Those of others are refused.
pub struct Positions(Query);

impl Positions {
    /// Of a user.
    pub fn new(user_id: Uuid) -> Self {
        Positions(Query::new("Chat").with(user_id))
    }

    /// As it is told.
    fn token(&self, position: i64) -> String {
        self.0.token(&position)
    }

    /// As it was told; `None` for a device that comes for the first time.
    ///
    /// # Errors
    /// INVALID_ARGUMENT if it was not.
    pub fn read(&self, token: &str) -> Result<Option<i64>, Error> {
        let position = self.0.cursor::<i64>(token).map_err(|_| refused())?;
        match position {
            Some(position) if position < 0 => Err(refused()),
            position => Ok(position),
        }
    }
}

/// What is said of a position that cannot be.
pub fn refused() -> Error {
    Error::invalid("begin.position", "is not a position of this user: begin without one")
}

/// The way from the hub and the store to one device.
pub struct Inbox {
    pub user_id: Uuid,
    pub store: Store,
    pub positions: Positions,
    pub cursor: Arc<AtomicI64>,
    pub signals: mpsc::Receiver<Signal>,
    pub answers: mpsc::Sender<ChatResponse>,
    /// Something has come while the store was read, perhaps after what was read.
    pub has_more: bool,
}

impl Inbox {
    /// Tells what was missed, then what comes, until something ends it.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED for a device that is too slow; UNAVAILABLE if the store does not answer.
    pub async fn run(mut self) -> Result<(), Error> {
        self.catch_up().await?;
        while let Some(signal) = self.signals.recv().await {
            match signal {
                Signal::Behind => self.catch_up().await?,
                Signal::Live(live) => match step(self.cursor(), live.position) {
                    Step::Deliver => self.tell(&live).await?,
                    Step::Known => {}
                    Step::Behind => self.catch_up().await?,
                },
            }
        }
        Ok(())
    }

    async fn tell(&self, live: &Live) -> Result<(), Error> {
        let position = if live.position == 0 { String::new() } else { self.positions.token(live.position) };
        let answer = ChatResponse { position, event: Some(live.event.clone()) };
        let sent = tokio::time::timeout(PATIENCE, self.answers.send(answer)).await;
        sent.map_err(|_| too_slow())?.map_err(|_| gone())?;
        if live.position > 0 {
            self.reached(live.position);
        }
        metrics::counter!("messaging_delivered_total", "from" => "redis").increment(1);
        Ok(())
    }

    /// Reads the store until there is nothing new. What comes meanwhile is there too, or is not kept.
    async fn catch_up(&mut self) -> Result<(), Error> {
        self.has_more = true;
        while self.has_more {
            self.has_more = false;
            let last = self.store.last_position(self.user_id).await?;
            while self.cursor() < last && self.page(last).await? {}
        }
        Ok(())
    }

    /// Tells one page. Whether there may be another one.
    async fn page(&mut self, last: i64) -> Result<bool, Error> {
        let kept = self.store.kept(self.user_id, self.cursor(), last, PAGE).await?;
        let is_full = i64::try_from(kept.len()) == Ok(PAGE);
        for (position, kept) in kept {
            self.tell_kept(position, convert::kept(&kept)).await?;
        }
        if !is_full {
            self.reached(last);
        }
        Ok(is_full)
    }

    /// Signals are taken while the device takes its time: what they tell is in the store, or lost without harm.
    async fn tell_kept(&mut self, position: i64, event: Event) -> Result<(), Error> {
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        loop {
            tokio::select! {
                permit = self.answers.reserve() => {
                    permit.map_err(|_| gone())?.send(ChatResponse { position: self.positions.token(position), event: Some(event) });
                    break;
                }
                Some(signal) = self.signals.recv() => self.has_more |= is_kept(&signal),
                () = &mut patience => return Err(too_slow()),
            }
        }
        self.reached(position);
        metrics::counter!("messaging_delivered_total", "from" => "postgresql").increment(1);
        Ok(())
    }

    fn cursor(&self) -> i64 {
        self.cursor.load(Ordering::Relaxed)
    }

    fn reached(&self, position: i64) {
        self.cursor.store(position, Ordering::Relaxed);
    }
}

fn is_kept(signal: &Signal) -> bool {
    match signal {
        Signal::Live(live) => live.position > 0,
        Signal::Behind => true,
    }
}

/// What a session ends with whose device does not take what comes.
pub fn too_slow() -> Error {
    Error::resource_exhausted("the session is slower than its conversations: come back with the last position")
        .with_reason("TOO_SLOW")
        .retry_after(Duration::from_secs(1))
}

/// Nobody hears it.
fn gone() -> Error {
    Error::new(tonic::Code::Cancelled, "the client has gone")
}

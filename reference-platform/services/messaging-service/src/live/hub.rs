//! Who is connected to this replica. One subscription for the whole process brings what is published for them; now and then, and
//! often while Redis is away, one query for all of them tells who has missed something.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use social_cache::Redis;
use social_cache::pubsub::{self, Channels};
use social_runtime::Error;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::wire::{self, Live};
use crate::store::Store;

/// Sessions that come or go and are not yet noted.
const CHANGES: usize = 64;
/// Live sessions of one user on one replica: devices, and connections that are not yet known to be dead.
const SESSIONS_OF_USER: usize = 16;
/// Users that one query looks for.
const BATCH: usize = 500;
/// After Redis was away it may take so long until the subscription is there again.
const RECOVERY: Duration = Duration::from_secs(10);

/// What a session is told.
pub enum Signal {
    /// Something has come.
    Live(Arc<Live>),
    /// Something is in the inbox that has not come.
    Behind,
}

/// The place of a session in the hub.
#[derive(Clone)]
pub struct Seat {
    pub session_id: Uuid,
    pub signals: mpsc::Sender<Signal>,
    /// All up to this position was told.
    pub cursor: Arc<AtomicI64>,
    /// Cancelled when signals do not fit any more.
    pub overflow: CancellationToken,
}

impl Seat {
    fn signal(&self, signal: Signal) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.signals.try_send(signal) {
            self.overflow.cancel();
        }
    }
}

/// Limits and rhythm of a hub.
#[derive(Clone, Copy)]
pub struct Pace {
    pub max_sessions: usize,
    pub poll: Duration,
    pub sweep: Duration,
}

enum Change {
    Join { user_id: Uuid, seat: Seat, done: oneshot::Sender<Result<(), Error>> },
    Leave { user_id: Uuid, session_id: Uuid },
}

type Seats = HashMap<Uuid, Vec<Seat>>;

/// The sessions of this replica. Clones are the same.
#[derive(Clone)]
pub struct Hub {
    changes: mpsc::Sender<Change>,
    seats: Arc<Mutex<Seats>>,
    gap: Arc<Notify>,
    redis: Redis,
    store: Store,
    pace: Pace,
}

/// What [`Hub::dispatch`] reads.
pub struct Arrivals {
    changes: mpsc::Receiver<Change>,
    channels: Channels,
    events: mpsc::Receiver<pubsub::Event>,
}

impl Hub {
    /// An empty one. Nothing happens until both [`Hub::dispatch`] and [`Hub::watch`] run.
    pub fn new(redis: Redis, store: Store, pace: Pace) -> (Self, Arrivals) {
        let (sender, changes) = mpsc::channel(CHANGES);
        let (channels, events) = pubsub::subscribe(&redis);
        let hub = Hub { changes: sender, seats: Arc::default(), gap: Arc::default(), redis, store, pace };
        (hub, Arrivals { changes, channels, events })
    }

    /// Takes a session in. When this has returned, what is published for the user comes to it, or it will be told that it is behind.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED if there are too many; UNAVAILABLE if the process stops.
    pub async fn join(&self, user_id: Uuid, seat: Seat) -> Result<(), Error> {
        let stopping = || Error::unavailable("this replica is stopping: come back");
        let (done, joined) = oneshot::channel();
        self.changes.send(Change::Join { user_id, seat, done }).await.map_err(|_| stopping())?;
        joined.await.map_err(|_| stopping())?
    }

    /// Lets a session go.
    pub async fn leave(&self, user_id: Uuid, session_id: Uuid) {
        // Nobody takes it when the process stops, and then nothing is to be done.
        self.changes.send(Change::Leave { user_id, session_id }).await.ok();
    }

    /// Passes on what comes, until the token is cancelled. Channels follow the sessions one change after another, so that the last one
    /// counts.
    pub async fn dispatch(self, mut arrivals: Arrivals, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(change) = arrivals.changes.recv() => self.change(change, &arrivals.channels).await,
                Some(event) = arrivals.events.recv() => match event {
                    pubsub::Event::Message { channel, payload } => self.deliver(&channel, &payload),
                    pubsub::Event::Gap => self.gap.notify_one(),
                },
                else => return,
            }
        }
    }

    async fn change(&self, change: Change, channels: &Channels) {
        match change {
            Change::Join { user_id, seat, done } => {
                let admitted = self.admit(user_id, seat);
                if admitted.as_ref().is_ok_and(|is_first| *is_first) {
                    channels.add(&wire::channel(user_id)).await;
                }
                // A session that has given up leaves by itself.
                done.send(admitted.map(drop)).ok();
            }
            Change::Leave { user_id, session_id } => {
                if self.dismiss(user_id, session_id) {
                    channels.remove(&wire::channel(user_id)).await;
                }
            }
        }
        metrics::gauge!("messaging_live_users").set(self.seats().len() as f64);
    }

    /// Whether it is the first session of the user.
    fn admit(&self, user_id: Uuid, seat: Seat) -> Result<bool, Error> {
        let mut seats = self.seats();
        if seats.values().map(Vec::len).sum::<usize>() >= self.pace.max_sessions {
            return Err(Error::resource_exhausted("this replica has no room for more sessions").retry_after(RECOVERY));
        }
        let mine = seats.entry(user_id).or_default();
        if mine.len() >= SESSIONS_OF_USER {
            return Err(Error::resource_exhausted("the user has too many live sessions"));
        }
        mine.push(seat);
        Ok(mine.len() == 1)
    }

    /// Whether it was the last session of the user.
    fn dismiss(&self, user_id: Uuid, session_id: Uuid) -> bool {
        let mut seats = self.seats();
        let Some(mine) = seats.get_mut(&user_id) else { return false };
        let before = mine.len();
        mine.retain(|seat| seat.session_id != session_id);
        let was_last = before > 0 && mine.is_empty();
        if was_last {
            seats.remove(&user_id);
        }
        was_last
    }

    fn deliver(&self, channel: &str, payload: &[u8]) {
        let Some((user_id, live)) = wire::user_of(channel).zip(wire::decode(payload)) else { return };
        let live = Arc::new(live);
        for seat in self.seats().get(&user_id).into_iter().flatten() {
            seat.signal(Signal::Live(Arc::clone(&live)));
        }
    }

    /// Looks for what has not come, until the token is cancelled: at once after a gap, often while Redis is away, else now and then.
    pub async fn watch(self, stop: CancellationToken) {
        let mut poll = tokio::time::interval(self.pace.poll);
        let (mut swept, mut failed) = (Instant::now(), None::<Instant>);
        loop {
            let is_gap = tokio::select! {
                () = stop.cancelled() => return,
                () = self.gap.notified() => true,
                _ = poll.tick() => false,
            };
            if let Err(error) = self.redis.ping().await {
                tracing::debug!(%error, "live sessions look for themselves");
                failed = Some(Instant::now());
            }
            let is_degraded = failed.is_some_and(|at| at.elapsed() < RECOVERY);
            metrics::gauge!("messaging_live_degraded").set(if is_degraded { 1.0 } else { 0.0 });
            if is_gap || is_degraded || swept.elapsed() >= self.pace.sweep {
                swept = Instant::now();
                self.sweep().await;
            }
        }
    }

    /// Tells the sessions that are behind.
    async fn sweep(&self) {
        let user_ids: Vec<Uuid> = self.seats().keys().copied().collect();
        for user_ids in user_ids.chunks(BATCH) {
            match self.store.last_positions(user_ids).await {
                Ok(positions) => self.wake(&positions),
                Err(error) => {
                    tracing::warn!(%error, "live sessions cannot look for what they have missed");
                    return;
                }
            }
        }
    }

    fn wake(&self, positions: &HashMap<Uuid, i64>) {
        let seats = self.seats();
        for (user_id, position) in positions {
            let mine = seats.get(user_id).into_iter().flatten();
            for seat in mine.filter(|seat| seat.cursor.load(Ordering::Relaxed) < *position) {
                seat.signal(Signal::Behind);
            }
        }
    }

    /// Never held across a wait.
    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Subscriptions that survive a lost connection, and say when messages may be missing.

use std::collections::HashSet;
use std::time::Duration;

use futures::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::Redis;

/// Messages that wait for the reader; of more than these the newest are lost, and a gap is told.
const EVENTS: usize = 1024;
const CHANGES: usize = 64;
/// How often the connection is tried: a peer that vanished says nothing.
const PING_PERIOD: Duration = Duration::from_secs(5);
const MAX_WAIT: Duration = Duration::from_secs(5);

/// What a subscriber is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message, with its channel.
    Message {
        /// The channel, without the prefix.
        channel: String,
        /// What was published.
        payload: Vec<u8>,
    },
    /// Messages may be missing: the connection was lost and is there again, or the reader was too slow.
    Gap,
}

/// The channels of a subscription. Clones are the same.
#[derive(Clone)]
pub struct Channels(mpsc::Sender<Change>);

struct Change {
    channel: String,
    is_wanted: bool,
    done: oneshot::Sender<()>,
}

impl Channels {
    /// Subscribes to a channel. Once this has returned its messages arrive; while Redis is down it is noted for later, and a
    /// [`Event::Gap`] says when that was.
    pub async fn add(&self, channel: &str) {
        self.change(channel, true).await;
    }

    /// Ends the subscription to a channel.
    pub async fn remove(&self, channel: &str) {
        self.change(channel, false).await;
    }

    async fn change(&self, channel: &str, is_wanted: bool) {
        let (done, confirmed) = oneshot::channel();
        // Nobody takes the change when the reader of the events is gone, and then nothing is to be changed.
        if self.0.send(Change { channel: channel.to_owned(), is_wanted, done }).await.is_ok() {
            confirmed.await.ok();
        }
    }
}

/// Begins a subscription without channels. It ends when all [`Channels`] or the receiver are dropped.
pub fn subscribe(redis: &Redis) -> (Channels, mpsc::Receiver<Event>) {
    let (sender, changes) = mpsc::channel(CHANGES);
    let (events, receiver) = mpsc::channel(EVENTS);
    let subscription = Subscription { redis: redis.clone(), wanted: HashSet::new(), changes, events, gap: false };
    tokio::spawn(subscription.run());
    (Channels(sender), receiver)
}

struct Subscription {
    redis: Redis,
    wanted: HashSet<String>,
    changes: mpsc::Receiver<Change>,
    events: mpsc::Sender<Event>,
    /// A gap is still to be told.
    gap: bool,
}

/// Nobody is interested any more.
struct Ended;

impl Subscription {
    async fn run(mut self) {
        let mut failures = 0;
        loop {
            match self.connect().await {
                Some((sink, stream)) => {
                    failures = 0;
                    if self.serve(sink, stream).await.is_err() {
                        return;
                    }
                    tracing::warn!("subscription lost its connection");
                }
                None => failures += 1,
            }
            // From here on messages may be missed, of the channels that are wanted.
            self.gap = true;
            let longest = Duration::from_millis(100) * 2_u32.pow(failures.min(6));
            if self.pause(rand::random_range(longest / 2..longest).min(MAX_WAIT)).await.is_err() {
                return;
            }
        }
    }

    /// Connects and subscribes to what is wanted.
    async fn connect(&self) -> Option<(PubSubSink, PubSubStream)> {
        let wait = self.redis.timeout();
        let connected = timeout(wait * 2, self.redis.client().get_async_pubsub()).await;
        let (mut sink, stream) = match connected {
            Ok(Ok(connection)) => connection.split(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "subscription cannot connect");
                return None;
            }
            Err(_) => {
                tracing::warn!("subscription cannot connect in time");
                return None;
            }
        };
        if !self.wanted.is_empty() {
            let channels: Vec<String> = self.wanted.iter().map(|channel| self.redis.key(channel)).collect();
            timeout(wait * 2, sink.subscribe(channels)).await.ok()?.ok()?;
        }
        Some((sink, stream))
    }

    /// Passes messages on and changes channels until the connection is lost.
    async fn serve(&mut self, mut sink: PubSubSink, mut stream: PubSubStream) -> Result<(), Ended> {
        let wait = self.redis.timeout();
        let events = self.events.clone();
        let mut pings = tokio::time::interval(PING_PERIOD);
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => {
                        self.redis.server().received(message.get_channel_name());
                        self.deliver(Event::Message {
                            channel: self.redis.channel(message.get_channel_name()).to_owned(),
                            payload: message.get_payload_bytes().to_vec(),
                        });
                    }
                    None => return Ok(()),
                },
                change = self.changes.recv() => {
                    let change = change.ok_or(Ended)?;
                    let channel = self.redis.key(&change.channel);
                    let is_wanted = change.is_wanted;
                    self.note(&change);
                    let changed = timeout(wait, async {
                        if is_wanted { sink.subscribe(channel).await } else { sink.unsubscribe(channel).await }
                    });
                    let is_lost = !matches!(changed.await, Ok(Ok(())));
                    change.done.send(()).ok();
                    if is_lost {
                        return Ok(());
                    }
                }
                _ = pings.tick() => {
                    if !matches!(timeout(wait, sink.ping::<redis::Value>()).await, Ok(Ok(_))) {
                        return Ok(());
                    }
                }
                permit = events.reserve(), if self.gap => {
                    permit.map_err(|_| Ended)?.send(Event::Gap);
                    self.gap = false;
                }
                () = events.closed() => return Err(Ended),
            }
        }
    }

    /// Waits before the next attempt and notes what is wanted meanwhile.
    async fn pause(&mut self, wait: Duration) -> Result<(), Ended> {
        let end = tokio::time::Instant::now() + wait;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(end) => return Ok(()),
                change = self.changes.recv() => {
                    let change = change.ok_or(Ended)?;
                    self.note(&change);
                    change.done.send(()).ok();
                }
                () = self.events.closed() => return Err(Ended),
            }
        }
    }

    fn note(&mut self, change: &Change) {
        if change.is_wanted {
            self.wanted.insert(change.channel.clone());
        } else {
            self.wanted.remove(&change.channel);
        }
    }

    /// Passes an event on, after the gap that is still to be told. The connection is never kept waiting by a slow reader.
    fn deliver(&mut self, event: Event) {
        if self.gap && self.events.try_send(Event::Gap).is_ok() {
            self.gap = false;
        }
        if self.gap || self.events.try_send(event).is_err() {
            self.gap = true;
        }
    }
}

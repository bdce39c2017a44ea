//! Chats that are read in this replica. A room reads what is new once for all its readers: when Redis says that there is something,
//! and every few seconds all the same, so that a chat goes on, slower, without Redis. Order and completeness come from the numbers of
//! the messages in the database, never from Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use social_cache::{Redis, pubsub};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::ChatMessage;
use crate::store::Store;

/// Messages that wait for a reader; a slower one misses the oldest.
const BUFFER: usize = 256;
/// Between two looks when nobody says that there is something.
const PATIENCE: Duration = Duration::from_secs(2);
/// Before each channel.
const CHANNEL: &str = "streaming:chat:";

/// What readers of a room are told.
#[derive(Clone, Debug)]
pub enum Said {
    Message(Arc<ChatMessage>),
    /// The stream has ended; this was its last number.
    End(i64),
}

/// All rooms. Clones are the same.
#[derive(Clone)]
pub struct Rooms {
    store: Store,
    redis: Redis,
    channels: pubsub::Channels,
    rooms: Arc<Mutex<HashMap<Uuid, Room>>>,
}

struct Room {
    readers: broadcast::Sender<Said>,
    news: Arc<Notify>,
}

/// What Redis says, for [`Rooms::listen`].
pub type News = tokio::sync::mpsc::Receiver<pubsub::Event>;

impl Rooms {
    /// Without a reader yet. Inside of a Tokio runtime.
    pub fn new(store: Store, redis: &Redis) -> (Self, News) {
        let (channels, news) = pubsub::subscribe(redis);
        (Rooms { store, redis: redis.clone(), channels, rooms: Arc::default() }, news)
    }

    /// Tells rooms what Redis says, until `stop` is cancelled.
    pub async fn listen(&self, mut news: News, stop: CancellationToken) {
        while let Some(Some(event)) = stop.run_until_cancelled(news.recv()).await {
            match event {
                pubsub::Event::Message { channel, .. } => {
                    if let Some(Ok(stream_id)) = channel.strip_prefix(CHANNEL).map(Uuid::try_parse) {
                        self.wake(stream_id);
                    }
                }
                pubsub::Event::Gap => self.rooms().values().for_each(|room| room.news.notify_one()),
            }
        }
    }

    /// There is something new in the chat of a stream, or it has ended: tells all replicas.
    pub async fn tell(&self, stream_id: Uuid) {
        self.wake(stream_id);
        if let Err(error) = self.redis.publish(&format!("{CHANNEL}{stream_id}"), &[]).await {
            tracing::debug!(%error, "other replicas look at the chat later");
        }
    }

    /// Joins the room of a stream: everything that is new from now on comes, in order.
    pub async fn join(&self, stream_id: Uuid) -> social_database::Result<broadcast::Receiver<Said>> {
        let (last, _) = self.store.chat_state(stream_id).await?;
        let mut rooms = self.rooms();
        if let Some(room) = rooms.get(&stream_id) {
            return Ok(room.readers.subscribe());
        }
        let (readers, reader) = broadcast::channel(BUFFER);
        let news = Arc::new(Notify::new());
        rooms.insert(stream_id, Room { readers: readers.clone(), news: news.clone() });
        tokio::spawn(self.clone().run(stream_id, last, readers, news));
        Ok(reader)
    }

    /// Runs a room until the stream ends or nobody reads.
    async fn run(self, stream_id: Uuid, mut last: i64, readers: broadcast::Sender<Said>, news: Arc<Notify>) {
        let channel = format!("{CHANNEL}{stream_id}");
        self.channels.add(&channel).await;
        loop {
            match self.read(stream_id, &mut last, &readers).await {
                Ok(true) => {}
                Ok(false) => {
                    // Whoever joins from now on finds no room; whoever has joined is told.
                    self.rooms().remove(&stream_id);
                    readers.send(Said::End(last)).ok();
                    break;
                }
                Err(error) => tracing::warn!(%error, "chat could not be read"),
            }
            if self.is_left(stream_id, &readers) {
                break;
            }
            tokio::time::timeout(PATIENCE, news.notified()).await.ok();
        }
        self.channels.remove(&channel).await;
        // Somebody may have joined again meanwhile, and added the channel before it was removed.
        if self.rooms().contains_key(&stream_id) {
            self.channels.add(&channel).await;
        }
    }

    /// Passes on what is new. False when nothing more will come.
    async fn read(
        &self,
        stream_id: Uuid,
        last: &mut i64,
        readers: &broadcast::Sender<Said>,
    ) -> social_database::Result<bool> {
        // The state first: what came before the end is read after it.
        let (newest, is_open) = self.store.chat_state(stream_id).await?;
        while *last < newest {
            let messages = self.store.chat_after(stream_id, *last).await?;
            // Some may have been deleted; what is not kept any more is passed over, which readers see by the numbers.
            *last = messages.last().map_or(newest, |message| message.number);
            for message in messages {
                readers.send(Said::Message(Arc::new(message))).ok();
            }
        }
        Ok(is_open)
    }

    /// Takes the room away if nobody reads. Who joins does it under the same lock.
    fn is_left(&self, stream_id: Uuid, readers: &broadcast::Sender<Said>) -> bool {
        let mut rooms = self.rooms();
        let is_left = readers.receiver_count() == 0;
        if is_left {
            rooms.remove(&stream_id);
        }
        is_left
    }

    fn wake(&self, stream_id: Uuid) {
        if let Some(room) = self.rooms().get(&stream_id) {
            room.news.notify_one();
        }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<Uuid, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

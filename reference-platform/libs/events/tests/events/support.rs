//! A database, topics and a group of its own for each test, and handlers that write down what they are given.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use social_events::topics::{self, CONTENT_EVENTS};
use social_events::{ConsumeError, Consumer, Event, Handler, Policy, Received, Settings};
use social_proto::content::v1::ContentEvent;
use social_testing::{Stores, TestDatabase, TestTopics, unique};
use sqlx::PgPool;
use sqlx::migrate::Migrator;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const GROUP: &str = "test-service";

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// What a test has for itself.
pub struct Stage {
    pub settings: Settings,
    pub pool: PgPool,
    _database: TestDatabase,
    _topics: TestTopics,
}

impl Stage {
    /// With the content topic of so many partitions, and its dead-letter and retry topics.
    pub async fn new(partitions: i32) -> Self {
        let stores = Stores::load().unwrap();
        let prefix = unique("events");
        let (dead, retry) = (topics::dead_letter(CONTENT_EVENTS, GROUP), topics::retry(CONTENT_EVENTS, GROUP));
        let topics = stores.topics(&prefix, &[CONTENT_EVENTS, &dead, &retry], partitions).await.unwrap();
        let database = stores.database(&MIGRATOR).await.unwrap();
        Stage {
            settings: settings(stores.kafka_brokers().unwrap(), &prefix),
            pool: database.pool().clone(),
            _database: database,
            _topics: topics,
        }
    }

    /// A client that knows nothing of the library under test.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.settings.kafka_brokers);
        config
    }

    /// The name of a topic at the broker.
    pub fn name(&self, topic: &str) -> String {
        format!("{}{topic}", self.settings.kafka_topic_prefix)
    }

    /// A member of the group of this test.
    pub fn consume(&self, handler: impl Handler, policy: Policy) -> Running {
        let consumer = Consumer::new(&self.settings, GROUP, &[CONTENT_EVENTS], policy).unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(consumer.run(handler, stop.clone()));
        Running { task, stop }
    }

    /// A relay of this test.
    pub fn relay(&self) -> Running {
        let relay = social_events::outbox::Relay::new(self.pool.clone(), &self.settings).unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(relay.run(stop.clone()));
        Running { task, stop }
    }
}

pub fn settings(brokers: &str, prefix: &str) -> Settings {
    Settings {
        kafka_brokers: brokers.to_owned(),
        kafka_topic_prefix: prefix.to_owned(),
        kafka_request_timeout: Duration::from_secs(5),
        kafka_delivery_timeout: Duration::from_secs(10),
        kafka_session_timeout: Duration::from_secs(6),
        kafka_max_poll_interval: Duration::from_secs(60),
    }
}

/// Something that runs until it is stopped.
pub struct Running {
    task: JoinHandle<anyhow::Result<()>>,
    stop: CancellationToken,
}

impl Running {
    pub async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(20), self.task).await.expect("it does not stop").unwrap().unwrap();
    }

    /// As when the process dies: nothing is finished.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// An event of the post; its number is the sequence.
pub fn event(post: &str, sequence: i64) -> ContentEvent {
    ContentEvent { event_id: Uuid::now_v7().to_string(), post_id: post.to_owned(), sequence, ..Default::default() }
}

/// Sends on what it is given, as post and sequence, after the function has said whether it may.
pub struct Tell<F> {
    seen: mpsc::UnboundedSender<Seen>,
    answer: F,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub post: String,
    pub sequence: i64,
    pub attempt: u32,
}

/// Counts what the other one applies.
pub struct Counting<H>(pub H, pub Arc<AtomicU32>);

impl<H: Handler> Handler for Counting<H> {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        self.0.apply(received).await?;
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// Receives what a [`Tell`] sends.
pub struct Told(Mutex<mpsc::UnboundedReceiver<Seen>>);

pub fn tell<F, Fut>(answer: F) -> (Arc<Tell<F>>, Told)
where
    F: Fn(Received, ContentEvent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), ConsumeError>> + Send,
{
    let (seen, told) = mpsc::unbounded_channel();
    (Arc::new(Tell { seen, answer }), Told(Mutex::new(told)))
}

/// So that several members share one.
pub struct Shared<F>(pub Arc<Tell<F>>);

impl<F, Fut> Handler for Shared<F>
where
    F: Fn(Received, ContentEvent) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), ConsumeError>> + Send,
{
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        let event: ContentEvent = received.decode()?;
        assert_eq!(received.key(), event.key());
        let seen = Seen { post: event.post_id.clone(), sequence: event.sequence, attempt: received.attempt() };
        (self.0.answer)(received, event).await?;
        self.0.seen.send(seen).unwrap();
        Ok(())
    }
}

impl Told {
    /// The next ones; fails when they do not come.
    pub async fn next(&self, count: usize) -> Vec<Seen> {
        let mut told = self.0.lock().await;
        let mut all = Vec::new();
        while all.len() < count {
            match tokio::time::timeout(Duration::from_secs(30), told.recv()).await {
                Ok(Some(seen)) => all.push(seen),
                _ => panic!("{} of {count} came: {all:?}", all.len()),
            }
        }
        all
    }

    /// What comes within the time.
    pub async fn within(&self, time: Duration) -> Vec<Seen> {
        let mut told = self.0.lock().await;
        let end = Instant::now() + time;
        let mut all = Vec::new();
        while let Ok(Some(seen)) = tokio::time::timeout(end - Instant::now(), told.recv()).await {
            all.push(seen);
        }
        all
    }
}

/// The sequences of each post, in the order in which they came.
pub fn by_post(seen: &[Seen]) -> HashMap<String, Vec<i64>> {
    let mut posts: HashMap<String, Vec<i64>> = HashMap::new();
    for Seen { post, sequence, .. } in seen {
        posts.entry(post.clone()).or_default().push(*sequence);
    }
    posts
}

/// Each the first time it came.
pub fn first(sequences: &[i64]) -> Vec<i64> {
    let mut first = Vec::new();
    for sequence in sequences {
        if !first.contains(sequence) {
            first.push(*sequence);
        }
    }
    first
}

/// Waits until the condition holds.
pub async fn until<Fut: Future<Output = bool>>(condition: impl Fn() -> Fut) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < end, "it did not come to pass");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

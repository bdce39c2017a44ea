//! A member of a consumer group. It hands each partition to a lane of its own, where events are applied in order (`lane.rs`),
//! commits what the lanes have done, and gives partitions up only when their lanes have ended.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Message, Offset, Statistics, TopicPartitionList};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::client;
use crate::lane::{Lane, Work};
use crate::record::Record;
use crate::{Handler, Publisher, Result, Settings, topics};

/// How often offsets are committed: what may come again after a crash.
const COMMIT_PERIOD: Duration = Duration::from_millis(250);
/// The last commit, and leaving the group, when no broker answers.
const LEAVE: Duration = Duration::from_secs(5);

/// What a consumer does with an event that cannot be applied.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Attempts at an event before it is exhausted.
    pub attempts: u32,
    /// After the first attempt; doubles up to the longest, and a random part of it is left out.
    pub first_pause: Duration,
    /// The longest pause between two attempts.
    pub longest_pause: Duration,
    /// An attempt that takes longer has failed.
    pub apply_timeout: Duration,
    /// What happens to an event after the last attempt.
    pub on_exhausted: OnExhausted,
    /// For events whose order does not matter: after two attempts they wait so long in the retry topic, and later ones do not wait
    /// for them.
    pub retry_topic: Option<Duration>,
    /// Events of one partition that are taken at once: those of different keys are applied at the same time, those of a key in
    /// order. Their offsets are committed when all of them are done, so after a crash so many come again. 1 applies them one after
    /// the other.
    pub at_once: usize,
    /// Events that are applied at the same time, of all partitions.
    pub concurrency: usize,
    /// How long events in hand may take to end when their partition is given up or the consumer stops; then they are dropped.
    pub grace: Duration,
}

impl Default for Policy {
    /// Ten attempts within two minutes, then the dead letter; one event of a partition after the other.
    fn default() -> Self {
        Self {
            attempts: 10,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(30),
            apply_timeout: Duration::from_secs(20),
            on_exhausted: OnExhausted::DeadLetter,
            retry_topic: None,
            at_once: 1,
            concurrency: 8,
            grace: Duration::from_secs(10),
        }
    }
}

/// What happens to an event after the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExhausted {
    /// It goes to the dead-letter topic, and the next one has its turn.
    DeadLetter,
    /// It is tried until it can be applied: its partition waits.
    Block,
}

/// A member of the group that is named as its service.
pub struct Consumer {
    client: Arc<StreamConsumer<Membership>>,
    revocations: mpsc::Receiver<Revoked>,
    publisher: Publisher,
    settings: Settings,
    group: String,
    policy: Policy,
}

/// Topic, with the prefix, and partition.
type Place = (String, i32);

impl Consumer {
    /// Subscribes to `topics` as `group`, which is the name of the service. Does not wait for a connection.
    ///
    /// # Errors
    /// When a setting is out of the range that the client library takes.
    pub fn new(settings: &Settings, group: &str, topics: &[&str], policy: Policy) -> Result<Self> {
        // One revocation is under way at a time: the group waits for the answer to it.
        let (sender, revocations) = mpsc::channel(4);
        let membership = Membership {
            prefix: settings.kafka_topic_prefix.clone(),
            revocations: sender,
            leaving: AtomicBool::new(false),
            commit_failed: AtomicBool::new(false),
        };
        let client: StreamConsumer<Membership> = settings.consumer(group).create_with_context(membership)?;
        let mut names: Vec<String> = topics.iter().map(|topic| settings.prefixed(topic)).collect();
        if policy.retry_topic.is_some() {
            names.extend(topics.iter().map(|topic| settings.prefixed(&topics::retry(topic, group))));
        }
        client.subscribe(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Self {
            client: Arc::new(client),
            revocations,
            publisher: Publisher::new(settings)?,
            settings: settings.clone(),
            group: group.to_owned(),
            policy,
        })
    }

    /// Applies events until the token is cancelled; then the events in hand end, are committed, and the group is left.
    ///
    /// # Errors
    /// When the client cannot go on: the process should start again. What was not committed comes again.
    pub async fn run<H: Handler>(self, handler: H, token: CancellationToken) -> anyhow::Result<()> {
        let Self { client, mut revocations, publisher, settings, group, policy } = self;
        let progress = Arc::new(Notify::new());
        let grace = policy.grace;
        let work = Arc::new(Work {
            handler,
            publisher,
            group,
            permits: Semaphore::new(policy.concurrency),
            policy,
            progress: progress.clone(),
        });
        let mut lanes: HashMap<Place, Lane> = HashMap::new();
        let mut commits = tokio::time::interval(COMMIT_PERIOD);
        commits.set_missed_tick_behavior(MissedTickBehavior::Delay);

        let result = loop {
            tokio::select! {
                biased;
                () = token.cancelled() => break Ok(()),
                Some(revoked) = revocations.recv() => {
                    give_up(&client, &mut lanes, revoked, grace).await;
                }
                _ = commits.tick() => {
                    if client.context().commit_failed.swap(false, Ordering::Relaxed) {
                        lanes.values_mut().for_each(Lane::uncommitted);
                    }
                    let done = take_done(&mut lanes);
                    if done.count() > 0 && let Err(error) = client.commit(&done, CommitMode::Async) {
                        tracing::warn!(%error, "offsets were not committed");
                        lanes.values_mut().for_each(Lane::uncommitted);
                    }
                }
                () = progress.notified() => {}
                received = client.recv() => match received {
                    Ok(message) => {
                        let place = (message.topic().to_owned(), message.partition());
                        let offset = message.offset();
                        let record = Record::new(&message, &settings.kafka_topic_prefix);
                        drop(message);
                        let lane = lanes.entry(place.clone()).or_insert_with(|| Lane::start(work.clone()));
                        if !lane.push(offset, record) {
                            // It was paused long before. Nothing is lost, this has not been committed.
                            break Err(KafkaError::PauseResume(format!("{place:?} goes on although it is paused")).into());
                        }
                    }
                    Err(error @ KafkaError::MessageConsumptionFatal(_)) => break Err(error.into()),
                    Err(error) => tracing::warn!(%error, "kafka consumer"),
                },
            }
            if let Err(error) = pause_and_resume(&client, &mut lanes) {
                break Err(error.into());
            }
        };

        stop(lanes.values_mut(), grace).await;
        leave(client, take_done(&mut lanes), revocations).await;
        result
    }
}

/// A full lane takes nothing more until it is nearly empty.
fn pause_and_resume(client: &StreamConsumer<Membership>, lanes: &mut HashMap<Place, Lane>) -> KafkaResult<()> {
    let (mut pause, mut resume) = (TopicPartitionList::new(), TopicPartitionList::new());
    for ((topic, partition), lane) in lanes.iter_mut() {
        if !lane.paused && lane.is_full() {
            lane.paused = true;
            pause.add_partition(topic, *partition);
        } else if lane.paused && lane.is_nearly_empty() {
            lane.paused = false;
            resume.add_partition(topic, *partition);
        }
    }
    if pause.count() > 0 {
        client.pause(&pause)?;
    }
    if resume.count() > 0 {
        client.resume(&resume)?;
    }
    Ok(())
}

/// What the lanes have done since it was last taken, as offsets to commit.
fn take_done(lanes: &mut HashMap<Place, Lane>) -> TopicPartitionList {
    let mut done = TopicPartitionList::new();
    for ((topic, partition), lane) in lanes.iter_mut() {
        if let Some(next) = lane.take_done() {
            // Fails for an offset below 0, which no record has.
            let _ = done.add_partition_offset(topic, *partition, Offset::Offset(next));
        }
    }
    done
}

/// Ends the lanes of partitions that go to another member, commits what they have done, and only then lets the partitions go.
async fn give_up(
    client: &Arc<StreamConsumer<Membership>>,
    lanes: &mut HashMap<Place, Lane>,
    revoked: Revoked,
    grace: Duration,
) {
    let mut ending: HashMap<Place, Lane> =
        revoked.places.iter().filter_map(|place| lanes.remove_entry(place)).collect();
    let mut partitions = TopicPartitionList::new();
    for (topic, partition) in &revoked.places {
        partitions.add_partition(topic, *partition);
        client.context().lag(topic, *partition).set(0.0);
    }
    if revoked.lost {
        // Another member has them already: what ends here is done there again.
        ending.values().for_each(Lane::abort);
    } else {
        stop(ending.values_mut(), grace).await;
        let done = take_done(&mut ending);
        if done.count() > 0 {
            commit_now(client.clone(), done).await;
        }
    }
    // They must not be paused when they come back.
    if let Err(error) = client.resume(&partitions) {
        tracing::debug!(%error, "partitions that are given up were not resumed");
    }
    if let Err(error) = client.incremental_unassign(&partitions) {
        tracing::warn!(%error, "partitions were not given up");
    }
}

/// Waits until the events in hand have ended, but not longer than the grace.
async fn stop(lanes: impl Iterator<Item = &mut Lane>, grace: Duration) {
    future::join_all(lanes.map(|lane| lane.stop(grace))).await;
}

async fn commit_now(client: Arc<StreamConsumer<Membership>>, done: TopicPartitionList) {
    let commit = tokio::task::spawn_blocking(move || client.commit(&done, CommitMode::Sync));
    match tokio::time::timeout(LEAVE, commit).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::warn!(%error, "offsets were not committed, events will come again"),
        Ok(Err(_)) | Err(_) => tracing::warn!("offsets were not committed in time, events will come again"),
    }
}

/// Commits and leaves the group, so that others take over at once.
async fn leave(
    client: Arc<StreamConsumer<Membership>>,
    done: TopicPartitionList,
    mut revocations: mpsc::Receiver<Revoked>,
) {
    if done.count() > 0 {
        commit_now(client.clone(), done).await;
    }
    // From here on partitions are let go at once. So is one whose revocation nobody has answered.
    client.context().leaving.store(true, Ordering::Relaxed);
    while let Ok(revoked) = revocations.try_recv() {
        give_up(&client, &mut HashMap::new(), revoked, Duration::ZERO).await;
    }
    // Closing waits for the group.
    let closed = tokio::task::spawn_blocking(move || drop(client));
    if tokio::time::timeout(LEAVE, closed).await.is_err() {
        tracing::warn!("the group was not left in time, it will notice");
    }
}

/// What the group tells its member, in the thread that polls.
struct Membership {
    prefix: String,
    revocations: mpsc::Sender<Revoked>,
    leaving: AtomicBool,
    commit_failed: AtomicBool,
}

/// Partitions that are wanted back.
struct Revoked {
    places: Vec<Place>,
    /// They are gone already.
    lost: bool,
}

impl Membership {
    fn lag(&self, topic: &str, partition: i32) -> metrics::Gauge {
        let topic = topic.strip_prefix(&self.prefix).unwrap_or(topic).to_owned();
        metrics::gauge!("events_lag", "topic" => topic, "partition" => partition.to_string())
    }
}

impl ClientContext for Membership {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        client::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka client");
    }

    fn stats(&self, statistics: Statistics) {
        for topic in statistics.topics.values() {
            for partition in topic.partitions.values() {
                // Of partitions that this member has; -1001 stands for what is not known yet.
                if partition.fetch_state == "active" && partition.ls_offset >= 0 {
                    let next = partition.committed_offset.max(partition.lo_offset).max(0);
                    let lag = (partition.ls_offset - next).max(0);
                    self.lag(&topic.topic, partition.partition).set(lag as f64);
                }
            }
        }
    }
}

impl ConsumerContext for Membership {
    fn rebalance(&self, client: &BaseConsumer<Self>, what: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let answered = if what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            client.incremental_assign(partitions)
        } else {
            let places = partitions.elements().iter().map(|at| (at.topic().to_owned(), at.partition())).collect();
            let revoked = Revoked { places, lost: client.assignment_lost() };
            // The client waits for the answer, which `give_up` gives when the lanes have ended.
            if !self.leaving.load(Ordering::Relaxed) && self.revocations.try_send(revoked).is_ok() {
                return;
            }
            client.incremental_unassign(partitions)
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "kafka rebalance");
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::warn!(%error, "offsets were not committed, they will be again");
            self.commit_failed.store(true, Ordering::Relaxed);
        }
    }
}

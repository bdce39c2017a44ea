//! Reading the log from its beginning, for whoever builds up again what it had made of events. Joins no group, commits nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;

use crate::client::Reports;
use crate::lane::pause;
use crate::record::{Received, Record};
use crate::{ConsumeError, Error, Handler, Policy, Result, Settings};

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Events that were applied.
    pub applied: u64,
    /// Events that no attempt could apply; they were passed over.
    pub poison: u64,
}

/// Where to begin: the offset of the next event of a topic and partition.
pub type Positions = HashMap<(String, i32), i64>;

/// Applies all events of the topics, in the order of `topics` and within a partition in its own, from the beginning to the ends as
/// they are when their topic has its turn. A transient error is tried again as [`Policy::default`] says.
///
/// # Errors
/// When the brokers do not answer, an event cannot be applied, or the token is cancelled. A replay begins again from the start.
pub async fn read_all<H: Handler>(
    settings: &Settings,
    topics: &[&str],
    handler: &H,
    token: &CancellationToken,
) -> Result<Replayed> {
    read_from(settings, topics, &Positions::new(), handler, token).await
}

/// As [`read_all`], but begins at `positions`, and at the beginning where there is none or what was there is gone.
///
/// # Errors
/// Those of [`read_all`].
pub async fn read_from<H: Handler>(
    settings: &Settings,
    topics: &[&str],
    positions: &Positions,
    handler: &H,
    token: &CancellationToken,
) -> Result<Replayed> {
    let mut replayed = Replayed::default();
    for topic in topics {
        let read = read_topic(settings, topic, positions, handler, &mut replayed);
        token.run_until_cancelled(read).await.ok_or(Error::Stopped)??;
    }
    Ok(replayed)
}

/// How many events the topics hold now, as far as offsets tell: what compaction has removed counts.
///
/// # Errors
/// When the brokers do not answer.
pub async fn count(settings: &Settings, topics: &[&str]) -> Result<u64> {
    let mut config = settings.reader();
    // As in `read_topic`.
    config.set("group.id", settings.prefixed("replay"));
    let client: Arc<StreamConsumer<Reports>> = Arc::new(config.create_with_context(Reports)?);
    let mut events = 0;
    for topic in topics {
        let watermarks = watermarks(client.clone(), settings.prefixed(topic), settings.kafka_request_timeout).await?;
        events += watermarks.values().map(|(low, high)| high.abs_diff(*low)).sum::<u64>();
    }
    // Closing waits for the client's threads.
    tokio::task::spawn_blocking(move || drop(client));
    Ok(events)
}

async fn read_topic<H: Handler>(
    settings: &Settings,
    topic: &str,
    positions: &Positions,
    handler: &H,
    replayed: &mut Replayed,
) -> Result<()> {
    let mut config = settings.reader();
    // A group is needed to assign partitions; this one is never joined.
    config.set("group.id", settings.prefixed("replay")).set("enable.partition.eof", "true");
    let client: Arc<StreamConsumer<Reports>> = Arc::new(config.create_with_context(Reports)?);
    let name = settings.prefixed(topic);
    let watermarks = watermarks(client.clone(), name.clone(), settings.kafka_request_timeout).await?;
    let mut ends: HashMap<i32, i64> = watermarks.into_iter().map(|(partition, (_, high))| (partition, high)).collect();
    let begin = |partition: i32| positions.get(&(topic.to_owned(), partition)).copied();
    ends.retain(|partition, end| begin(*partition).is_none_or(|begin| begin < *end));
    let mut partitions = TopicPartitionList::new();
    for partition in ends.keys() {
        let offset = begin(*partition).map_or(Offset::Beginning, Offset::Offset);
        partitions.add_partition_offset(&name, *partition, offset)?;
    }
    client.assign(&partitions)?;
    while !ends.is_empty() {
        let message = match client.recv().await {
            Ok(message) => message,
            Err(KafkaError::PartitionEOF(partition)) => {
                ends.remove(&partition);
                continue;
            }
            Err(error) if may_pass(&error) => {
                tracing::warn!(%error, topic, "replay");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let (partition, next) = (message.partition(), message.offset() + 1);
        let Some(end) = ends.get(&partition).copied() else { continue };
        // A record can be missing at the end, where the log was compacted.
        if next <= end {
            let record = Arc::new(Record::new(&message, &settings.kafka_topic_prefix));
            drop(message);
            apply(handler, record, replayed).await?;
        }
        if next >= end {
            ends.remove(&partition);
        }
    }
    // Closing waits for the client's threads.
    tokio::task::spawn_blocking(move || drop(client));
    Ok(())
}

/// The low and high watermark of each partition that holds anything.
async fn watermarks(
    client: Arc<StreamConsumer<Reports>>,
    name: String,
    timeout: Duration,
) -> Result<HashMap<i32, (i64, i64)>> {
    let asked = tokio::task::spawn_blocking(move || {
        let metadata = client.fetch_metadata(Some(&name), timeout)?;
        let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let mut watermarks = HashMap::new();
        for partition in partitions {
            let (low, high) = client.fetch_watermarks(&name, partition.id(), timeout)?;
            if low < high {
                watermarks.insert(partition.id(), (low, high));
            }
        }
        Ok::<_, KafkaError>(watermarks)
    });
    Ok(asked.await.map_err(|_| Error::Stopped)??)
}

async fn apply<H: Handler>(handler: &H, record: Arc<Record>, replayed: &mut Replayed) -> Result<()> {
    let policy = Policy::default();
    let mut attempt = 0;
    loop {
        attempt += 1;
        match handler.apply(Received::new(record.clone(), attempt)).await {
            Ok(()) => {
                replayed.applied += 1;
                return Ok(());
            }
            Err(ConsumeError::Poison(reason)) => {
                let Record { topic, partition, offset, .. } = &*record;
                tracing::warn!(topic, partition, offset, reason, "event is passed over");
                replayed.poison += 1;
                return Ok(());
            }
            Err(ConsumeError::Transient(error)) if attempt >= policy.attempts => return Err(Error::Apply(error)),
            Err(ConsumeError::Transient(error)) => {
                tracing::warn!(attempt, error = format!("{error:#}"), "event was not applied");
                tokio::time::sleep(pause(&policy, attempt)).await;
            }
        }
    }
}

/// The client tries again by itself after all but fatal errors.
fn may_pass(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumption(_))
}

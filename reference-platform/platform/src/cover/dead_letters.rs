//! Records that no consumer can read, in each topic; and where they go.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use social_events::topics::ALL;

use super::SOON;
use crate::eventually::eventually;

const LIMIT: Duration = Duration::from_secs(15);
const POISON: [u8; 16] = [0xff; 16];
/// notification-service keeps what it cannot read itself, and tells it to operators.
const KEEPS_ITSELF: &str = ".notification-service.dead-letter";

/// Puts one record into each topic that no consumer of it can read.
pub async fn poison(brokers: &str) -> Result<()> {
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", brokers).set("acks", "all").create()?;
    for topic in ALL {
        let record = FutureRecord::to(topic).key("poison").payload(POISON.as_slice());
        producer.send(record, LIMIT).await.map_err(|(error, _)| error).with_context(|| topic.to_owned())?;
    }
    Ok(())
}

/// Poison is with the dead letters of each group that reads. Gives how many those are.
pub(super) async fn reached(brokers: &str) -> Result<usize> {
    let brokers = brokers.to_owned();
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", &brokers).create()?;
    let readers = readers(&consumer)?;
    let before = ends(&consumer, &readers)?;
    poison(&brokers).await?;
    eventually("poison is with the dead letters", SOON, async || {
        let now = ends(&consumer, &readers)?;
        let waiting = readers.iter().zip(before.iter().zip(&now)).filter(|(_, (before, now))| now <= before);
        let waiting: Vec<&str> = waiting.map(|(topic, _)| topic.as_str()).collect();
        ensure!(waiting.is_empty(), "not in {}", waiting.join(", "));
        Ok(())
    })
    .await?;
    Ok(readers.len())
}

/// Fails until each retry topic has held an event and its group has taken it from there.
pub fn retried(brokers: &str) -> Result<()> {
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let metadata = consumer.fetch_metadata(None, LIMIT).context("the broker does not tell its topics")?;
    for topic in metadata.topics() {
        let name = topic.name();
        let group = name.strip_suffix(".retry").and_then(|rest| rest.rsplit_once('.')).map(|(_, group)| group);
        let Some(group) = group else { continue };
        let member: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", group).create()?;
        let mut places = TopicPartitionList::new();
        topic.partitions().iter().for_each(|partition| _ = places.add_partition(name, partition.id()));
        let mut held = 0;
        for place in member.committed_offsets(places, LIMIT)?.elements() {
            let end = consumer.fetch_watermarks(name, place.partition(), LIMIT)?.1;
            ensure!(end == 0 || place.offset() == Offset::Offset(end), "{name}: {:?} of {end}", place.offset());
            held += end;
        }
        ensure!(held > 0, "nothing was in {name}");
    }
    Ok(())
}

/// The topics of dead letters of whoever reads now. The broker has some more, of replicas of search-service that may be.
fn readers(consumer: &BaseConsumer) -> Result<Vec<String>> {
    let metadata = consumer.fetch_metadata(None, LIMIT).context("the broker does not tell its topics")?;
    let groups = consumer.fetch_group_list(None, LIMIT).context("the broker does not tell its groups")?;
    let live: Vec<&str> =
        groups.groups().iter().filter(|group| !group.members().is_empty()).map(|group| group.name()).collect();
    let is_read = |topic: &&str| {
        let group = topic.strip_suffix(".dead-letter").and_then(|rest| rest.rsplit_once('.')).map(|(_, group)| group);
        group.is_some_and(|group| live.contains(&group)) && !topic.ends_with(KEEPS_ITSELF)
    };
    Ok(metadata.topics().iter().map(|topic| topic.name()).filter(is_read).map(str::to_owned).collect())
}

/// Where each topic, which has one partition, ends.
fn ends(consumer: &BaseConsumer, topics: &[String]) -> Result<Vec<i64>> {
    topics.iter().map(|topic| Ok(consumer.fetch_watermarks(topic, 0, LIMIT)?.1)).collect()
}

//! The log itself: what is in it, and what a test puts into it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use social_events::topics::{
    ACCOUNT_EVENTS, CONTENT_EVENTS, MEDIA_EVENTS, MESSAGE_EVENTS, STREAM_EVENTS, USER_EVENTS, dead_letter,
};
use social_proto::content::v1::ContentEvent;
use social_proto::content::v1::content_event::Event;

use super::write::Done;

/// Those of whoever is killed.
const TOPICS: [&str; 6] = [ACCOUNT_EVENTS, CONTENT_EVENTS, MEDIA_EVENTS, MESSAGE_EVENTS, STREAM_EVENTS, USER_EVENTS];
/// Records that no consumer can read, each time.
const POISON: usize = 3;

fn producer(brokers: &str) -> FutureProducer {
    ClientConfig::new().set("bootstrap.servers", brokers).set("acks", "all").create().unwrap()
}

/// Puts every third event into the log again, as it was, where it was.
pub async fn duplicate(brokers: &str) {
    let producer = producer(brokers);
    for topic in TOPICS {
        for record in read(brokers, topic).iter().step_by(3) {
            let again = FutureRecord::to(topic)
                .partition(record.partition())
                .key(record.key().unwrap_or_default())
                .payload(record.payload().unwrap_or_default())
                .headers(record.headers().cloned().unwrap_or_default());
            producer.send(again, Duration::from_secs(15)).await.unwrap();
        }
    }
}

/// Bytes that no consumer can read.
pub async fn poison(brokers: &str) {
    let producer = producer(brokers);
    for number in 0..POISON {
        let (key, payload) = (format!("poison {number}"), [0xff; 16]);
        let record = FutureRecord::to(CONTENT_EVENTS).key(&key).payload(payload.as_slice());
        producer.send(record, Duration::from_secs(15)).await.unwrap();
    }
}

/// All that is in a topic now.
fn read(brokers: &str, topic: &str) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "look")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let limit = Duration::from_secs(10);
    let metadata = consumer.fetch_metadata(Some(topic), limit).unwrap();
    let mut ends = BTreeMap::new();
    let mut assignment = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        let (begin, end) = consumer.fetch_watermarks(topic, partition.id(), limit).unwrap();
        if end > begin {
            assignment.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
            ends.insert(partition.id(), end);
        }
    }
    consumer.assign(&assignment).unwrap();
    let mut records = Vec::new();
    while !ends.is_empty() {
        let record = consumer.poll(limit).unwrap().unwrap().detach();
        // What comes behind the end as it was belongs to the next look.
        if ends.get(&record.partition()).is_some_and(|end| record.offset() + 1 >= *end) {
            ends.remove(&record.partition());
        }
        records.push(record);
    }
    records
}

/// Each post's events are all there, and first came in the order of their numbers.
pub fn the_log(brokers: &str, done: &Done) -> anyhow::Result<usize> {
    let mut known = BTreeSet::new();
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    let (mut published, mut comments) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    for record in read(brokers, CONTENT_EVENTS) {
        let Ok(event) = <ContentEvent as prost::Message>::decode(record.payload().unwrap_or_default()) else {
            continue;
        };
        if !known.insert(event.event_id.clone()) {
            continue;
        }
        let before = last.insert(event.post_id.clone(), event.sequence).unwrap_or(0);
        assert_eq!(event.sequence, before + 1, "the events of {} are out of order", event.post_id);
        match event.event {
            Some(Event::PostPublished(_)) => {
                published.insert(event.post_id);
            }
            Some(Event::CommentCreated(_)) => *comments.entry(event.post_id).or_default() += 1,
            _ => {}
        }
    }
    for (post_id, (_, wanted)) in &done.posts {
        ensure!(published.contains(post_id), "{post_id} was not published");
        let found = comments.get(post_id).copied().unwrap_or(0);
        ensure!(found == *wanted, "{found} of {wanted} comments on {post_id}");
    }
    assert_eq!(published.len(), done.posts.len(), "more was published than clients were told");
    Ok(known.len())
}

/// Each poison once by its place in the log; a crash may have sent it twice.
pub fn dead_letters(brokers: &str, group: &str) -> anyhow::Result<()> {
    let mut places = BTreeSet::new();
    for record in read(brokers, &dead_letter(CONTENT_EVENTS, group)) {
        assert_eq!(record.payload(), Some([0xff; 16].as_slice()), "{group} gave up on an event that can be read");
        let headers = record.headers().context("no headers")?;
        let value = |name: &str| {
            let header = headers.iter().find(|header| header.key == name)?;
            Some(String::from_utf8_lossy(header.value?).into_owned())
        };
        places.insert((value("source-partition"), value("source-offset")));
    }
    let wanted = poisoned(brokers);
    ensure!(places.len() == wanted, "{} of {wanted} in the dead letters of {group}", places.len());
    Ok(())
}

/// How often poison is in the log: what was put in, and what of it was put in again.
pub fn poisoned(brokers: &str) -> usize {
    let records = read(brokers, CONTENT_EVENTS);
    let count = records.iter().filter(|record| record.payload() == Some([0xff; 16].as_slice())).count();
    assert!(count >= POISON);
    count
}

//! The topics that the broker has: those of the contracts, and for each group that reads one, where it puts what it could not
//! apply. The broker makes none by itself.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;
use social_events::topics::{
    ACCOUNT_EVENTS, ALL, ANALYTICS_EVENTS, CONTENT_EVENTS, DEAD_LETTERS, GRAPH_EVENTS, MEDIA_EVENTS, MESSAGE_EVENTS,
    STREAM_EVENTS, USER_EVENTS, dead_letter, retry,
};

use crate::limits::Limits;

/// Before the number of a replica: each replica of search-service is a group, because each has the whole index.
pub(crate) const SEARCH_GROUP: &str = "search-service";
/// Replicas that a service has at most.
pub(crate) const MAX_REPLICAS: u16 = 9;

/// Who reads what: the group, which is the name of the service, and the topic.
const READERS: [(&str, &str); 21] = [
    ("user-service", ACCOUNT_EVENTS),
    ("user-service-graph", USER_EVENTS),
    ("user-service-graph", GRAPH_EVENTS),
    ("feed-service", CONTENT_EVENTS),
    ("feed-service", GRAPH_EVENTS),
    ("streaming-service", ACCOUNT_EVENTS),
    ("notification-service", ACCOUNT_EVENTS),
    ("notification-service", CONTENT_EVENTS),
    ("notification-service", GRAPH_EVENTS),
    ("notification-service", MESSAGE_EVENTS),
    ("notification-service", MEDIA_EVENTS),
    ("notification-service", STREAM_EVENTS),
    ("events-service", ANALYTICS_EVENTS),
    ("events-service", ACCOUNT_EVENTS),
    ("events-service", USER_EVENTS),
    ("events-service", GRAPH_EVENTS),
    ("events-service", CONTENT_EVENTS),
    ("events-service", MEDIA_EVENTS),
    ("events-service", MESSAGE_EVENTS),
    ("events-service", STREAM_EVENTS),
    ("events-service", DEAD_LETTERS),
];

/// Their names.
pub fn all() -> Vec<String> {
    let mut names: Vec<String> = ALL.map(str::to_owned).to_vec();
    for (group, topic) in READERS {
        names.push(dead_letter(topic, group));
        names.push(retry(topic, group));
    }
    for number in 1..=MAX_REPLICAS {
        let group = format!("{SEARCH_GROUP}-{number}");
        names.extend([USER_EVENTS, CONTENT_EVENTS].map(|topic| dead_letter(topic, &group)));
    }
    names
}

/// Makes those that are not there. One that is there stays as it is.
pub async fn create(brokers: &str, limits: &Limits) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let retention = limits.topic_retention.to_string();
    let names = all();
    let topics: Vec<NewTopic> = names
        .iter()
        .map(|name| {
            // What waits for a person or for another try is little: one partition.
            let partitions = if ALL.contains(&name.as_str()) { limits.topic_partitions } else { 1 };
            NewTopic::new(name, partitions, TopicReplication::Fixed(1)).set("retention.ms", &retention)
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
    for result in admin.create_topics(&topics, &options).await.context("cannot create the topics")? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => bail!("cannot create the topic {topic}: {code}"),
        }
    }
    Ok(())
}

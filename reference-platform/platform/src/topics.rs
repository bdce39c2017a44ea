//! The topics that the broker has: those of `deploy/`. The broker makes none by itself.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;

use crate::deployed;

/// Replicas that a service has at most: for so many of search-service there are topics.
pub(crate) const MAX_REPLICAS: u16 = 4;

/// The group of a replica of search-service, which count from 1. Each is one, because each has the whole index; it is named as the
/// pod, and pods count from 0.
pub(crate) fn search_group(replica: u16) -> String {
    format!("search-service-{}", replica.saturating_sub(1))
}

/// Makes those that are not there. One that is there stays as it is.
pub async fn create(brokers: &str) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let topics = deployed::topics()?;
    let new: Vec<NewTopic> = topics
        .iter()
        .map(|topic| {
            let new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(1));
            topic.settings.iter().fold(new, |new, (name, value)| new.set(name, value))
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
    for result in admin.create_topics(&new, &options).await.context("cannot create the topics")? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => bail!("cannot create the topic {topic}: {code}"),
        }
    }
    Ok(())
}

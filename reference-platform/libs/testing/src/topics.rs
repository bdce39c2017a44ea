//! Kafka topics for one test.

use std::time::Duration;

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

use crate::{Stores, finish};

const LIMIT: Duration = Duration::from_secs(20);

/// Topics that only this test has. They are deleted with the value.
#[derive(Debug)]
pub struct TestTopics {
    brokers: String,
    names: Vec<String>,
}

impl Stores {
    /// Makes the topics `names`, each with `prefix` before it: what a service uses that has `prefix` as its `KAFKA_TOPIC_PREFIX`.
    pub async fn topics(&self, prefix: &str, names: &[&str], partitions: i32) -> anyhow::Result<TestTopics> {
        let brokers = self.kafka_brokers()?.to_owned();
        let names: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
        let new: Vec<NewTopic<'_>> =
            names.iter().map(|name| NewTopic::new(name, partitions, TopicReplication::Fixed(1))).collect();
        let created = admin(&brokers)?.create_topics(&new, &options()).await.context("Kafka cannot be reached")?;
        for result in created {
            result.map_err(|(name, code)| anyhow::anyhow!("the topic {name} cannot be made: {code}"))?;
        }
        Ok(TestTopics { brokers, names })
    }
}

impl TestTopics {
    /// The full names, in the order in which they were asked for.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl Drop for TestTopics {
    fn drop(&mut self) {
        let (brokers, names) = (self.brokers.clone(), self.names.clone());
        finish("a topic", LIMIT, async move {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            admin(&brokers)?.delete_topics(&names, &options()).await?;
            Ok(())
        });
    }
}

fn admin(brokers: &str) -> anyhow::Result<AdminClient<DefaultClientContext>> {
    Ok(ClientConfig::new().set("bootstrap.servers", brokers).create()?)
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT))
}

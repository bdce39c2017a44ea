//! What cannot be applied waits in a topic of its own only where a policy says for how long.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};

#[derive(Clone)]
pub struct Policy {
    pub attempts: u32,
    pub retry: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { attempts: 10, retry: None }
    }
}

pub struct Consumer {
    client: StreamConsumer,
    producer: FutureProducer,
    group: String,
    policy: Policy,
}

impl Consumer {
    pub fn new(group: &str, topic: &str, policy: Policy) -> Self {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", "kafka:9092").set("group.id", group).set("enable.auto.commit", "false");
        let client: StreamConsumer = config.create().unwrap();
        if policy.retry.is_some() {
            client.subscribe(&[&format!("{topic}.{group}.retry")]).unwrap();
        }
        client.subscribe(&[topic]).unwrap();
        Self { client, producer: config.create().unwrap(), group: group.to_owned(), policy }
    }

    pub async fn run(self, topic: &str) {
        let mut attempt = 0;
        while self.client.recv().await.is_ok() {
            attempt += 1;
            if attempt >= self.policy.attempts {
                self.store(&format!("{topic}.{}.dead-letter", self.group)).await;
            } else if let Some(delay) = self.policy.retry
                && attempt > 2
            {
                tokio::time::sleep(delay).await;
                self.store(&format!("{topic}.{}.retry", self.group)).await;
            }
        }
    }

    async fn store(&self, topic: &str) {
        let record = FutureRecord::to(topic).key("1").payload("event");
        self.producer.send(record, Duration::from_secs(1)).await.unwrap();
    }
}

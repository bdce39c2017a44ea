use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::ClientConfig;
use sqlx::postgres::{PgPool, PgPoolOptions};

pub fn require(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

pub fn or(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

pub async fn pool() -> anyhow::Result<PgPool> {
    Ok(PgPoolOptions::new().max_connections(8).connect(&require("DATABASE_URL")).await?)
}

pub enum Topic {
    Orders,
    Audit,
}

impl Topic {
    pub fn name(&self) -> &'static str {
        match self {
            Topic::Orders => "orders",
            Topic::Audit => "audit",
        }
    }
}

pub struct Events {
    producer: FutureProducer,
    prefix: String,
}

impl Events {
    pub fn new(brokers: &str) -> anyhow::Result<Self> {
        let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
        Ok(Self { producer, prefix: "shop".to_owned() })
    }

    pub async fn publish(&self, topic: Topic, body: &str) -> anyhow::Result<()> {
        let name = format!("{}.{}.v1", self.prefix, topic.name());
        self.producer
            .send(FutureRecord::to(&name).key("k").payload(body), std::time::Duration::from_secs(5))
            .await
            .map_err(|(error, _)| error)?;
        Ok(())
    }
}

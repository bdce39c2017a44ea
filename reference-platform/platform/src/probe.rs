//! Whether something answers as its clients need it. Each probe is one attempt; the caller bounds its time.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use neo4rs::Graph;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use sqlx::{Connection as _, PgConnection};
use tokio::net::TcpStream;

use crate::stores::{Endpoints, Neo4j, Store};

/// One look at a store through its client.
pub async fn store(store: Store, endpoints: &Endpoints) -> Result<()> {
    match store {
        Store::Postgres => postgres(&endpoints.postgres.url).await,
        Store::Redis => redis(&endpoints.redis.url).await,
        Store::Kafka => kafka(&endpoints.kafka.brokers).await,
        Store::ClickHouse => http(&format!("{}/ping", endpoints.clickhouse.url)).await,
        Store::Neo4j => neo4j(&endpoints.neo4j).await,
    }
}

/// A GET is answered with 2xx.
pub async fn http(url: &str) -> Result<()> {
    let response = reqwest::get(url).await.with_context(|| format!("no answer from {url}"))?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    // Readiness says in its body what is missing.
    let body = response.text().await.unwrap_or_default();
    anyhow::bail!("{url} says {status} {}", body.chars().take(300).collect::<String>());
}

async fn postgres(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    connection.ping().await?;
    connection.close().await?;
    Ok(())
}

async fn redis(url: &str) -> Result<()> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    // While it loads its data it answers with an error.
    redis::cmd("PING").exec_async(&mut connection).await?;
    Ok(())
}

async fn kafka(brokers: &str) -> Result<()> {
    listens(brokers).await?;
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let metadata = tokio::task::spawn_blocking(move || consumer.fetch_metadata(None, Duration::from_secs(2))).await??;
    ensure!(!metadata.brokers().is_empty(), "the broker has not joined its cluster yet");
    Ok(())
}

async fn neo4j(at: &Neo4j) -> Result<()> {
    listens(at.uri.trim_start_matches("bolt://")).await?;
    let graph = Graph::new(&at.uri, &at.user, &at.password).await?;
    graph.run(neo4rs::query("RETURN 1")).await?;
    Ok(())
}

/// For clients that go on trying where nobody listens.
async fn listens(address: &str) -> Result<()> {
    TcpStream::connect(address).await.with_context(|| format!("nobody listens at {address}"))?;
    Ok(())
}

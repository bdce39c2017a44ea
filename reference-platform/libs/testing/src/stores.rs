//! Where the stores are that run.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::Context as _;
use serde::Deserialize;

const HOW_TO_START: &str =
    "start the stores with `cargo run -p platform -- stores up`, or name their file by PLATFORM_STORES";

/// The stores that run, as the launcher has written them down.
#[derive(Clone, Debug, Deserialize)]
pub struct Stores {
    postgres: Option<Url>,
    redis: Option<Url>,
    kafka: Option<Kafka>,
    clickhouse: Option<Url>,
    neo4j: Option<Neo4j>,
}

#[derive(Clone, Debug, Deserialize)]
struct Url {
    url: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Kafka {
    brokers: String,
}

/// A Neo4j and who may use it.
#[derive(Clone, Debug, Deserialize)]
pub struct Neo4j {
    /// `bolt://host:port`
    pub uri: String,
    /// Name of the user.
    pub user: String,
    /// Password of the user.
    pub password: String,
}

impl Stores {
    /// Reads the file that `PLATFORM_STORES` names, or `platform/stores.json` in the target folder. Fails when no stores were started.
    pub fn load() -> anyhow::Result<Self> {
        let path = env::var_os("PLATFORM_STORES").map(PathBuf::from).or_else(in_target_folder).context(HOW_TO_START)?;
        let text = fs::read_to_string(&path).with_context(|| format!("{}: {HOW_TO_START}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no list of stores", path.display()))
    }

    /// `DATABASE_URL` of a superuser. Tests take a database of their own: [`Stores::database`].
    pub fn postgres_url(&self) -> anyhow::Result<&str> {
        Ok(&self.postgres.as_ref().context("no PostgreSQL runs").context(HOW_TO_START)?.url)
    }

    /// `REDIS_URL`.
    pub fn redis_url(&self) -> anyhow::Result<&str> {
        Ok(&self.redis.as_ref().context("no Redis runs").context(HOW_TO_START)?.url)
    }

    /// `KAFKA_BROKERS`.
    pub fn kafka_brokers(&self) -> anyhow::Result<&str> {
        Ok(&self.kafka.as_ref().context("no Kafka runs").context(HOW_TO_START)?.brokers)
    }

    /// `CLICKHOUSE_URL`.
    pub fn clickhouse_url(&self) -> anyhow::Result<&str> {
        Ok(&self.clickhouse.as_ref().context("no ClickHouse runs").context(HOW_TO_START)?.url)
    }

    /// `NEO4J_URI`, `NEO4J_USER`, `NEO4J_PASSWORD`.
    pub fn neo4j(&self) -> anyhow::Result<&Neo4j> {
        self.neo4j.as_ref().context("no Neo4j runs").context(HOW_TO_START)
    }
}

/// A test runs from within the target folder, wherever that is.
fn in_target_folder() -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    test.ancestors().map(|folder| folder.join("platform/stores.json")).find(|path| path.is_file())
}

//! The five stores, whatever runs them.

use std::fmt;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::folder::Folder;
use crate::limits::Limits;
use crate::progress::Progress;
use crate::state::Backend;
use crate::{compose, native, topics};

/// User, password and database of PostgreSQL on this machine. They protect nothing: it listens on the loopback only.
pub(crate) const POSTGRES_USER: &str = "platform";
/// As [`POSTGRES_USER`].
pub(crate) const POSTGRES_PASSWORD: &str = "platform";
/// The user that Neo4j Community has.
pub(crate) const NEO4J_USER: &str = "neo4j";
/// As [`POSTGRES_PASSWORD`]; Neo4j wants eight characters.
pub(crate) const NEO4J_PASSWORD: &str = "platform123";

/// One store.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, ValueEnum)]
pub enum Store {
    /// PostgreSQL: a database for each service that has one.
    Postgres,
    /// Redis.
    Redis,
    /// Apache Kafka.
    Kafka,
    /// ClickHouse.
    #[value(name = "clickhouse")]
    ClickHouse,
    /// Neo4j.
    Neo4j,
}

impl Store {
    /// All, the slowest to start first.
    pub const ALL: [Self; 5] = [Self::Neo4j, Self::Kafka, Self::Postgres, Self::ClickHouse, Self::Redis];

    /// As in `state.json`, on the command line and as a service of compose.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Kafka => "kafka",
            Self::ClickHouse => "clickhouse",
            Self::Neo4j => "neo4j",
        }
    }

    /// The store of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|store| store.name() == name)
    }

    /// What the store needs ports for; `port` is where clients come.
    pub(crate) fn purposes(self) -> &'static [&'static str] {
        match self {
            Self::Kafka => &["port", "controller"],
            Self::ClickHouse => &["port", "native"],
            Self::Postgres | Self::Redis | Self::Neo4j => &["port"],
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where the stores are: `stores.json`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoints {
    /// With the database `postgres`; its user may make others.
    pub postgres: Url,
    /// Database 0.
    pub redis: Url,
    /// Without encryption.
    pub kafka: Brokers,
    /// HTTP, user `default` without a password.
    pub clickhouse: Url,
    /// Bolt.
    pub neo4j: Neo4j,
}

/// A store with a URL.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Url {
    /// With user and password where the store has them.
    pub url: String,
}

/// Kafka.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Brokers {
    /// `host:port`, separated by commas.
    pub brokers: String,
}

/// Neo4j.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Neo4j {
    /// `bolt://…`
    pub uri: String,
    /// Who logs in.
    pub user: String,
    /// With what.
    pub password: String,
}

impl Endpoints {
    /// Stores of this machine: `port` gives the one at which clients reach a store.
    pub(crate) fn local(port: impl Fn(Store) -> u16) -> Self {
        let postgres = port(Store::Postgres);
        Self {
            postgres: Url {
                url: format!("postgres://{POSTGRES_USER}:{POSTGRES_PASSWORD}@127.0.0.1:{postgres}/postgres"),
            },
            redis: Url { url: format!("redis://127.0.0.1:{}", port(Store::Redis)) },
            kafka: Brokers { brokers: format!("127.0.0.1:{}", port(Store::Kafka)) },
            clickhouse: Url { url: format!("http://127.0.0.1:{}", port(Store::ClickHouse)) },
            neo4j: Neo4j {
                uri: format!("bolt://127.0.0.1:{}", port(Store::Neo4j)),
                user: NEO4J_USER.to_owned(),
                password: NEO4J_PASSWORD.to_owned(),
            },
        }
    }

    /// The same PostgreSQL, another database.
    pub fn database(&self, name: &str) -> String {
        let server = self.postgres.url.rsplit_once('/').map_or(self.postgres.url.as_str(), |(server, _)| server);
        format!("{server}/{name}")
    }
}

/// The stores of one folder.
#[derive(Clone, Debug)]
pub enum Stores {
    /// As processes.
    Native(native::Stores),
    /// As containers.
    Compose(compose::Stores),
}

impl Stores {
    /// With the back end that runs them already, else with `wanted`, else with containers where Docker is there.
    pub async fn open(folder: &Folder, wanted: Option<Backend>, limits: Limits) -> Result<Self> {
        let backend = match folder.state()?.backend.or(wanted) {
            Some(backend) => backend,
            None if docker_works().await => Backend::Compose,
            None => Backend::Native,
        };
        Ok(match backend {
            Backend::Native => Self::Native(native::Stores::new(folder.clone(), limits)),
            Backend::Compose => Self::Compose(compose::Stores::new(folder.clone(), limits)),
        })
    }

    /// Brings up what does not run, waits until all answer, makes the topics, writes `stores.json`.
    pub async fn up(&self, progress: &Progress) -> Result<Endpoints> {
        let endpoints = match self {
            Self::Native(stores) => stores.up(progress).await?,
            Self::Compose(stores) => stores.up(progress).await?,
        };
        let step = progress.begin("topics", "creating those that are not there");
        topics::create(&endpoints.kafka.brokers).await?;
        step.done("there");
        Ok(endpoints)
    }

    /// Starts one that was stopped or died, at the ports that it had, and waits until it answers.
    pub async fn start(&self, store: Store) -> Result<()> {
        match self {
            Self::Native(stores) => stores.start(store).await,
            Self::Compose(stores) => stores.start(store).await,
        }
    }

    /// Stops one in order. What it holds stays.
    pub async fn stop(&self, store: Store) -> Result<()> {
        match self {
            Self::Native(stores) => stores.stop(store).await,
            Self::Compose(stores) => stores.stop(store).await,
        }
    }

    /// Ends one without asking, as a crash would.
    pub async fn kill(&self, store: Store) -> Result<()> {
        match self {
            Self::Native(stores) => stores.kill(store).await,
            Self::Compose(stores) => stores.kill(store).await,
        }
    }

    /// Stops all. What they hold stays unless `discard` says that it goes.
    pub async fn down(&self, discard: bool, progress: &Progress) -> Result<()> {
        match self {
            Self::Native(stores) => stores.down(discard, progress).await,
            Self::Compose(stores) => stores.down(discard, progress).await,
        }
    }
}

/// Waits for all, then fails with what each of those that failed says.
pub(crate) fn all_of(results: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    let errors: Vec<String> = results.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    if errors.is_empty() { Ok(()) } else { Err(anyhow::Error::msg(errors.join("\n"))) }
}

/// Puts values in for `${NAME}`.
pub(crate) fn fill(template: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
}

/// A path as text, for files and commands that have no other way.
pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("the path {} is not UTF-8", path.display()))
}

/// A daemon answers, and the client knows compose.
async fn docker_works() -> bool {
    let answers = async |args: &[&str]| {
        let status = Command::new("docker").args(args).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
        status.is_ok_and(|status| status.success())
    };
    answers(&["info"]).await && answers(&["compose", "version"]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_stores() {
        for store in Store::ALL {
            assert_eq!(Store::named(store.name()), Some(store));
            assert_eq!(Store::from_str(store.name(), false), Ok(store));
        }
        assert_eq!(Store::named("mysql"), None);
    }

    #[test]
    fn all_failures_are_told() {
        let error = all_of([Ok(()), Err(anyhow::anyhow!("a")), Err(anyhow::anyhow!("b"))]).unwrap_err();
        assert_eq!(error.to_string(), "a\nb");
    }

    #[test]
    fn a_database_is_on_the_same_server() {
        let endpoints = Endpoints::local(|store| if store == Store::Postgres { 5 } else { 6 });
        assert_eq!(endpoints.database("auth"), "postgres://platform:platform@127.0.0.1:5/auth");
    }
}

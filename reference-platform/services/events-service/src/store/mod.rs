//! ClickHouse: the only store of the service. Everything works on 18.16 and on current versions.

mod batch;
mod error;
mod metrics;
mod migrate;
mod observe;
mod rows;
mod schemas;
mod sweep;

use std::time::Duration;

use clickhouse::query::Query;
use clickhouse::{Client, Compression};
use social_auth::Secret;

pub use batch::Batch;
pub use error::{Error, Result};
pub use migrate::migrate;
pub use rows::{ClientRow, DomainRow};
pub use schemas::MOST_SCHEMAS;

use observe::Observer;

/// Memory of one analytics query in the server; more is refused.
const QUERY_MEMORY: &str = "2000000000";

/// Settings of ClickHouse.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address of its HTTP interface, `http://clickhouse:8123`.
    #[arg(long, env = "CLICKHOUSE_URL")]
    pub clickhouse_url: String,

    /// Made by `migrate expand`.
    #[arg(long, env = "CLICKHOUSE_DATABASE", default_value = "events")]
    pub clickhouse_database: String,

    /// Name at login.
    #[arg(long, env = "CLICKHOUSE_USER", default_value = "default")]
    pub clickhouse_user: String,

    /// Password at login; absent: none.
    #[arg(long, env = "CLICKHOUSE_PASSWORD", hide_env_values = true)]
    pub clickhouse_password: Option<Secret>,

    /// How long a query or an insert may take.
    #[arg(long, env = "CLICKHOUSE_TIMEOUT", default_value = "8s")]
    pub clickhouse_timeout: humantime::Duration,
}

/// Cheap to clone. Connects when first used.
#[derive(Clone)]
pub struct Store {
    client: Client,
    timeout: Duration,
    observer: Observer,
}

impl Store {
    /// The tables in the database of the settings.
    pub fn new(settings: &Settings) -> Self {
        let client = client(settings).with_database(&settings.clickhouse_database);
        let observer = Observer::new(settings, &settings.clickhouse_database);
        Self { client, timeout: *settings.clickhouse_timeout, observer }
    }

    /// Whether the server answers.
    pub async fn ping(&self) -> Result<()> {
        self.bounded("select", self.client.query("SELECT 1").execute()).await
    }

    /// A query whose rows are read, bounded in the server too, so that one that nobody waits for ends.
    fn query(&self, sql: &str) -> Query {
        self.client
            .query(sql)
            .with_setting("max_execution_time", self.timeout.as_secs().max(1).to_string())
            .with_setting("max_memory_usage", QUERY_MEMORY)
    }

    /// One statement, of which the trace tells what kind it is: it ends in time.
    async fn bounded<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = clickhouse::error::Result<T>>,
    ) -> Result<T> {
        let bounded = async {
            match tokio::time::timeout(self.timeout, work).await {
                Ok(done) => Ok(done?),
                Err(_) => Err(Error::Timeout(self.timeout)),
            }
        };
        self.observer.statement(operation, bounded).await
    }
}

/// A client of no database. It does not check rows against tables, because servers before 20 cannot tell the types in the way it
/// needs; the tests of this service do. Answers are not compressed: they are small, and old servers do not know its format.
fn client(settings: &Settings) -> Client {
    let client = Client::default()
        .with_url(&settings.clickhouse_url)
        .with_user(&settings.clickhouse_user)
        .with_validation(false)
        .with_compression(Compression::None);
    match &settings.clickhouse_password {
        Some(password) => client.with_password(password.expose()),
        None => client,
    }
}

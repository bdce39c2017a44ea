//! Connections to Neo4j that nobody shares. The driver's own pool takes back a connection whose request was given up in
//! the middle and would hand the late answer to the next one who asks. So each connection is a pool of one, and goes
//! back only after its answer was read to the end; a request that fails, times out or is given up closes its
//! connection, which ends the query too.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use neo4rs::{Config, ConfigBuilder, Query, Row};
use social_telemetry::attribute::{DB_NAMESPACE, DB_OPERATION_NAME, DB_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT};
use social_telemetry::{KeyValue, outgoing};
use tokio::sync::Semaphore;
use tonic::transport::Uri;

use super::{GraphError, Settings};

/// Rows fetched at a time: no question asks for more.
const FETCH_SIZE: usize = 200;

/// The graph database. Connects when it is first asked.
pub struct Graph {
    config: Config,
    /// What spans say of it.
    server: Vec<KeyValue>,
    timeout: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<neo4rs::Graph>>,
}

impl Graph {
    /// Fails when a setting cannot be right.
    pub fn new(settings: &Settings) -> Result<Self, GraphError> {
        let config = ConfigBuilder::default()
            .uri(&settings.neo4j_uri)
            .user(&settings.neo4j_user)
            .password(&settings.neo4j_password)
            .max_connections(1)
            .fetch_size(FETCH_SIZE)
            .build()?;
        Ok(Self {
            config,
            server: server(&settings.neo4j_uri),
            timeout: *settings.neo4j_timeout,
            permits: Semaphore::new(settings.neo4j_max_connections.into()),
            idle: Mutex::default(),
        })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), GraphError> {
        self.rows(neo4rs::query("RETURN 1 AS one")).await.map(drop)
    }

    /// All rows of a question, which carries a LIMIT of its own.
    pub(super) async fn rows(&self, query: Query) -> Result<Vec<Row>, GraphError> {
        self.rows_within(self.timeout, query).await
    }

    /// As [`Graph::rows`], for what may take longer or shorter than others.
    pub(super) async fn rows_within(&self, timeout: Duration, query: Query) -> Result<Vec<Row>, GraphError> {
        self.connected(timeout, "execute", async |connection| {
            let mut stream = connection.execute(query).await?;
            let mut rows = Vec::new();
            while let Some(row) = stream.next().await? {
                rows.push(row);
            }
            Ok(rows)
        })
        .await
    }

    /// Several changes in one transaction.
    pub(super) async fn write(&self, queries: Vec<Query>) -> Result<(), GraphError> {
        self.connected(self.timeout, "run_queries", async |connection| {
            let mut transaction = connection.start_txn().await?;
            transaction.run_queries(queries).await?;
            transaction.commit().await
        })
        .await
    }

    /// One exchange, which the trace knows by the function of the driver.
    async fn connected<T>(
        &self,
        timeout: Duration,
        operation: &'static str,
        work: impl AsyncFnOnce(&neo4rs::Graph) -> Result<T, neo4rs::Error>,
    ) -> Result<T, GraphError> {
        let answer = tokio::time::timeout(timeout, async {
            // Never closed: an error here cannot come, and is as if there were no limit.
            let _permit = self.permits.acquire().await.ok();
            let connection = match self.idle_connection() {
                Some(connection) => connection,
                None => neo4rs::Graph::connect(self.config.clone()).await?,
            };
            let answer = work(&connection).await?;
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(answer)
        });
        let span = outgoing::client(operation, || {
            let mut attributes = self.server.clone();
            attributes.push(KeyValue::new(DB_OPERATION_NAME, operation));
            attributes
        });
        span.of(async { answer.await.unwrap_or(Err(GraphError::Timeout(timeout))) }).await
    }

    fn idle_connection(&self) -> Option<neo4rs::Graph> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// The database is the one that the driver takes where none is named.
fn server(uri: &str) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new(DB_SYSTEM_NAME, "neo4j"), KeyValue::new(DB_NAMESPACE, "neo4j")];
    // An address that is none fails with the first question.
    if let Ok(uri) = uri.parse::<Uri>() {
        attributes.extend(uri.host().map(|host| KeyValue::new(SERVER_ADDRESS, host.to_owned())));
        attributes.extend(uri.port_u16().map(|port| KeyValue::new(SERVER_PORT, i64::from(port))));
    }
    attributes
}

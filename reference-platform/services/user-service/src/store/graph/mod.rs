//! Neo4j: the edges once more, for questions that go over several of them. Fed from the events of this service, so it
//! lags a little; when it is gone it is built again from PostgreSQL. Nothing but mutuals and suggestions needs it.

mod connections;
mod projection;
mod ranking;

use std::time::Duration;

use social_runtime::Error;

pub use connections::Graph;
pub use projection::{EdgeState, MemberState};

/// Settings of the graph database.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address, such as `bolt://neo4j:7687`.
    #[arg(long, env = "NEO4J_URI")]
    pub neo4j_uri: String,

    /// Name at login.
    #[arg(long, env = "NEO4J_USER")]
    pub neo4j_user: String,

    /// Password at login.
    #[arg(long, env = "NEO4J_PASSWORD", hide_env_values = true)]
    pub neo4j_password: String,

    /// Connections of this process.
    #[arg(long, env = "NEO4J_MAX_CONNECTIONS", default_value = "8", value_parser = clap::value_parser!(u16).range(1..))]
    pub neo4j_max_connections: u16,

    /// How long one question may take, the wait for a connection included.
    #[arg(long, env = "NEO4J_TIMEOUT", default_value = "2s")]
    pub neo4j_timeout: humantime::Duration,
}

/// The graph did not answer, or not in time.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// It could not be reached, or refused.
    #[error("neo4j: {0}")]
    Driver(#[from] neo4rs::Error),
    /// A row has other columns than its question: a mistake here.
    #[error("neo4j: an answer is not what was asked for: {0}")]
    Answer(#[from] neo4rs::DeError),
    /// The wait for a connection included.
    #[error("neo4j: no answer within {0:?}")]
    Timeout(Duration),
}

/// Whatever went wrong, the rest of the service goes on, and the caller can come back.
impl From<GraphError> for Error {
    fn from(error: GraphError) -> Self {
        Error::unavailable("mutuals and suggestions are not to be had at the moment").with_source(error)
    }
}

//! All settings of the service.

use clap::Parser;

use crate::store::graph;

/// What `serve` needs. Each is an environment variable too.
#[derive(Parser, Clone, Debug)]
pub struct Settings {
    /// Listeners, limits and stopping.
    #[command(flatten)]
    pub runtime: social_runtime::Settings,

    /// Logs and traces.
    #[command(flatten)]
    pub telemetry: social_telemetry::Settings,

    /// Who calls.
    #[command(flatten)]
    pub auth: social_auth::Settings,

    /// PostgreSQL.
    #[command(flatten)]
    pub database: social_database::Settings,

    /// Apache Kafka.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// Neo4j.
    #[command(flatten)]
    pub graph: graph::Settings,

    /// How often members that were erased are looked for, to delete their edges.
    #[arg(long, env = "SWEEP_INTERVAL", default_value = "5s")]
    pub sweep_interval: humantime::Duration,
}

/// What `rebuild-graph` needs.
#[derive(Parser, Clone, Debug)]
pub struct RebuildSettings {
    /// Logs and traces.
    #[command(flatten)]
    pub telemetry: social_telemetry::Settings,

    /// PostgreSQL.
    #[command(flatten)]
    pub database: social_database::Settings,

    /// Neo4j.
    #[command(flatten)]
    pub graph: graph::Settings,

    /// An edge of the graph that PostgreSQL does not have is deleted when it is older than this. Younger ones can have
    /// been committed after the rebuild has passed their place, so it is longer than any transaction.
    #[arg(long, env = "REBUILD_STALE_AGE", default_value = "1m")]
    pub rebuild_stale_age: humantime::Duration,
}

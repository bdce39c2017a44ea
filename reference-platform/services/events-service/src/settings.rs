//! All settings of the service.

use clap::Parser;

use crate::store;

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

    /// Apache Kafka.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// ClickHouse.
    #[command(flatten)]
    pub clickhouse: store::Settings,

    /// How often schemas are read again: a new version is known to other replicas after this.
    #[arg(long, env = "SCHEMA_REFRESH", default_value = "5s")]
    pub schema_refresh: humantime::Duration,

    /// How long rows wait for others before they are inserted together.
    #[arg(long, env = "INSERT_LINGER", default_value = "200ms")]
    pub insert_linger: humantime::Duration,

    /// Who ingests waits so long for the brokers, then UNAVAILABLE is told.
    #[arg(long, env = "PUBLISH_TIMEOUT", default_value = "8s")]
    pub publish_timeout: humantime::Duration,
}

//! All settings of the service.

use std::time::Duration;

use clap::Parser;

/// What `serve` needs. Each is an environment variable too.
#[derive(Parser, Clone, Debug)]
pub struct Settings {
    /// Listeners, limits, stopping.
    #[command(flatten)]
    pub runtime: social_runtime::Settings,

    /// Traces and logs.
    #[command(flatten)]
    pub telemetry: social_telemetry::Settings,

    /// Who verifies tokens, and is asked about them when a live session begins.
    #[command(flatten)]
    pub auth: social_auth::Settings,

    /// PostgreSQL: everything that is stored.
    #[command(flatten)]
    pub database: social_database::Settings,

    /// Redis: delivery between replicas and presence. Without it live sessions look into PostgreSQL, and nobody is known to be there.
    #[command(flatten)]
    pub redis: social_cache::Settings,

    /// Apache Kafka: events wait in the database while it is away.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// Who may write to whom: without it no conversation begins.
    #[arg(long, env = "USER_SERVICE_URL")]
    pub user_service_url: String,

    /// Whose media are ready: without it no message with media is accepted.
    #[arg(long, env = "MEDIA_SERVICE_URL")]
    pub media_service_url: String,

    /// How often live sessions look into PostgreSQL while Redis is away, and how often Redis is asked whether it is.
    #[arg(long, env = "POLL_INTERVAL", default_value = "1s", value_parser = humantime::parse_duration)]
    pub poll_interval: Duration,

    /// How often they look while it is there, because it may lose what is published.
    #[arg(long, env = "SWEEP_INTERVAL", default_value = "15s", value_parser = humantime::parse_duration)]
    pub sweep_interval: Duration,

    /// Events that may wait for one live session; of a slower one it is the end.
    #[arg(long, env = "SESSION_QUEUE", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    pub session_queue: u16,

    /// After this a live session ends and its client comes back: with a token that still holds, perhaps to another replica.
    #[arg(long, env = "SESSION_LIFETIME", default_value = "30m", value_parser = humantime::parse_duration)]
    pub session_lifetime: Duration,

    /// Live sessions of one replica.
    #[arg(long, env = "MAX_SESSIONS", default_value_t = 5000)]
    pub max_sessions: usize,

    /// How often abandoned conversations are looked for, to remove what was said there.
    #[arg(long, env = "PURGE_INTERVAL", default_value = "1m", value_parser = humantime::parse_duration)]
    pub purge_interval: Duration,
}

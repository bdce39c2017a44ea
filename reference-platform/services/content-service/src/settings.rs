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

    /// Who verifies tokens.
    #[command(flatten)]
    pub auth: social_auth::Settings,

    /// PostgreSQL: everything that is stored.
    #[command(flatten)]
    pub database: social_database::Settings,

    /// Redis: caches. The service works without it, only slower.
    #[command(flatten)]
    pub redis: social_cache::Settings,

    /// Apache Kafka: events wait in the database while it is away.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// Who follows whom: without it, posts for followers are hidden from others than their authors.
    #[arg(long, env = "USER_SERVICE_URL")]
    pub user_service_url: String,

    /// Whose media are ready: without it, no post with new media is accepted.
    #[arg(long, env = "MEDIA_SERVICE_URL")]
    pub media_service_url: String,

    /// How long a post may be served from the cache. Changes are seen at once unless Redis was away when they happened.
    #[arg(long, env = "POST_CACHE_TTL", default_value = "1m", value_parser = humantime::parse_duration)]
    pub post_cache_ttl: Duration,

    /// How old counters may be.
    #[arg(long, env = "COUNTER_CACHE_TTL", default_value = "3s", value_parser = humantime::parse_duration)]
    pub counter_cache_ttl: Duration,

    /// How long it may take until somebody who follows, or was blocked, is treated so.
    #[arg(long, env = "RELATION_CACHE_TTL", default_value = "5s", value_parser = humantime::parse_duration)]
    pub relation_cache_ttl: Duration,

    /// How often deleted posts are looked for, to remove what hangs on them.
    #[arg(long, env = "PURGE_INTERVAL", default_value = "10s", value_parser = humantime::parse_duration)]
    pub purge_interval: Duration,
}

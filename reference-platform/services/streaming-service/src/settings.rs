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

    /// PostgreSQL: the log of streams and all that is stored.
    #[command(flatten)]
    pub database: social_database::Settings,

    /// Redis: who watches, and quick news of the chat. Without it counts stay as they were, and the chat is slower.
    #[command(flatten)]
    pub redis: social_cache::Settings,

    /// Apache Kafka: events wait in the database while it is away.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// Who is blocked by whom: without it the chat is UNAVAILABLE, watching works.
    #[arg(long, env = "USER_SERVICE_URL")]
    pub user_service_url: String,

    /// Before the addresses in playlists, such as `https://video.example`. Empty: players take the host that gave the playlist.
    #[arg(long, env = "PUBLIC_URL", default_value = "")]
    pub public_url: String,

    /// How long an encoder may be silent; then its stream counts as interrupted.
    #[arg(long, env = "INGEST_SILENCE", default_value = "20s", value_parser = humantime::parse_duration)]
    pub ingest_silence: Duration,

    /// How long an encoder may be away; then its stream ends. The contract says 30 seconds; only tests set it.
    #[arg(long, env = "RESUME_WINDOW", default_value = "30s", value_parser = humantime::parse_duration)]
    pub resume_window: Duration,

    /// How often work in the background looks for what is due.
    #[arg(long, env = "SWEEP_INTERVAL", default_value = "1s", value_parser = humantime::parse_duration)]
    pub sweep_interval: Duration,

    /// How old counts of viewers may be.
    #[arg(long, env = "COUNT_INTERVAL", default_value = "2s", value_parser = humantime::parse_duration)]
    pub count_interval: Duration,

    /// How long segments and chat are kept after the end of a stream.
    #[arg(long, env = "RECORDING_RETENTION", default_value = "7days", value_parser = humantime::parse_duration)]
    pub recording_retention: Duration,

    /// How often is looked for what is not kept any longer.
    #[arg(long, env = "PURGE_INTERVAL", default_value = "10s", value_parser = humantime::parse_duration)]
    pub purge_interval: Duration,

    /// Events of a stream after which another snapshot is stored.
    #[arg(long, env = "SNAPSHOT_EVERY", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
    pub snapshot_every: i64,

    /// How long it may take until somebody who was blocked is treated so in the chat.
    #[arg(long, env = "RELATION_CACHE_TTL", default_value = "5s", value_parser = humantime::parse_duration)]
    pub relation_cache_ttl: Duration,
}

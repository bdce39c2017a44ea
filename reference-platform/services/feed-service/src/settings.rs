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

    /// Who calls, and the key by which this service names itself.
    #[command(flatten)]
    pub auth: social_auth::Settings,

    /// Redis: the feeds. Nothing works without it.
    #[command(flatten)]
    pub redis: social_cache::Settings,

    /// Apache Kafka: what happens to posts and to the graph.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// Who follows whom: without it, new posts wait.
    #[arg(long, env = "USER_SERVICE_URL")]
    pub user_service_url: String,

    /// What a reader may still see: without it, the feed is given as it was last known.
    #[arg(long, env = "CONTENT_SERVICE_URL")]
    pub content_service_url: String,

    /// Posts of authors with more followers are not written into feeds, but added when a feed is read.
    #[arg(long, env = "POPULAR_FOLLOWERS", default_value_t = 10_000)]
    pub popular_followers: i64,

    /// Posts that a feed holds at most; older ones fall out.
    #[arg(long, env = "FEED_LENGTH", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub feed_length: u32,

    /// A feed that nobody has read for so long is forgotten, and built anew when it is read again.
    #[arg(long, env = "FEED_TTL", default_value = "30d", value_parser = humantime::parse_duration)]
    pub feed_ttl: Duration,

    /// How old the number of an author's followers may be.
    #[arg(long, env = "FOLLOWER_COUNT_TTL", default_value = "1m", value_parser = humantime::parse_duration)]
    pub follower_count_ttl: Duration,
}

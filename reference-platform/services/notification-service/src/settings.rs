//! All settings of the service.

use std::time::Duration;

use clap::{Args, Parser};
use social_auth::Secret;
use url::Url;

/// What `serve` needs. Each is an environment variable too.
#[derive(Parser, Clone, Debug)]
pub struct Settings {
    /// Listeners, limits, stopping.
    #[command(flatten)]
    pub runtime: social_runtime::Settings,

    /// Traces and logs.
    #[command(flatten)]
    pub telemetry: social_telemetry::Settings,

    /// Who verifies tokens, and the key by which this service names itself.
    #[command(flatten)]
    pub auth: social_auth::Settings,

    /// PostgreSQL: everything that is stored.
    #[command(flatten)]
    pub database: social_database::Settings,

    /// Redis: counts, names and limits. The service works without it.
    #[command(flatten)]
    pub redis: social_cache::Settings,

    /// Apache Kafka: what happens elsewhere.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// Names, languages and time zones. Without it texts have no names in them.
    #[arg(long, env = "USER_SERVICE_URL")]
    pub user_service_url: String,

    /// Providers of pushes.
    #[command(flatten)]
    pub providers: Providers,

    /// Pushes.
    #[command(flatten)]
    pub push: PushSettings,

    /// How long an event that could not be applied waits in the retry topic.
    #[arg(long, env = "RETRY_DELAY", default_value = "10s", value_parser = humantime::parse_duration)]
    pub retry_delay: Duration,

    /// For how long somebody is not told the same again.
    #[arg(long, env = "DEDUPE_WINDOW", default_value = "24h", value_parser = humantime::parse_duration)]
    pub dedupe_window: Duration,

    /// How old a count of unread ones may be when Redis was away at a change.
    #[arg(long, env = "UNREAD_CACHE_TTL", default_value = "30s", value_parser = humantime::parse_duration)]
    pub unread_cache_ttl: Duration,

    /// How long it may take until another name of a user stands in new texts.
    #[arg(long, env = "NAME_CACHE_TTL", default_value = "5m", value_parser = humantime::parse_duration)]
    pub name_cache_ttl: Duration,

    /// How long notifications are kept.
    #[arg(long, env = "NOTIFICATION_RETENTION", default_value = "90days", value_parser = humantime::parse_duration)]
    pub notification_retention: Duration,

    /// How long dead letters are kept.
    #[arg(long, env = "DEAD_LETTER_RETENTION", default_value = "30days", value_parser = humantime::parse_duration)]
    pub dead_letter_retention: Duration,

    /// How often it is looked for followers who are to be told, and for accounts that ended.
    #[arg(long, env = "BACKGROUND_INTERVAL", default_value = "1s", value_parser = humantime::parse_duration)]
    pub background_interval: Duration,

    /// How often it is looked for what was kept long enough.
    #[arg(long, env = "PURGE_INTERVAL", default_value = "1m", value_parser = humantime::parse_duration)]
    pub purge_interval: Duration,
}

/// Where pushes go. A provider without a URL is switched off: no pushes are made for its devices.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Providers {
    /// Firebase Cloud Messaging, HTTP v1: the whole URL of `messages:send`, or that of a gateway.
    #[arg(long, env = "FCM_URL")]
    pub fcm_url: Option<Url>,

    /// Goes along as a bearer token.
    #[arg(long, env = "FCM_TOKEN", hide_env_values = true)]
    pub fcm_token: Option<Secret>,

    /// Apple Push Notification service: the URL before `/3/device/…`, or that of a gateway.
    #[arg(long, env = "APNS_URL")]
    pub apns_url: Option<Url>,

    /// Goes along as a bearer token.
    #[arg(long, env = "APNS_TOKEN", hide_env_values = true)]
    pub apns_token: Option<Secret>,

    /// A gateway that encrypts for a subscription of Web Push and sends it on.
    #[arg(long, env = "WEB_PUSH_URL")]
    pub web_push_url: Option<Url>,

    /// Goes along as a bearer token.
    #[arg(long, env = "WEB_PUSH_TOKEN", hide_env_values = true)]
    pub web_push_token: Option<Secret>,
}

/// How pushes are made.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct PushSettings {
    /// How long one attempt may take. Shorter than the time that background work has to stop.
    #[arg(long, env = "PUSH_TIMEOUT", default_value = "4s", value_parser = humantime::parse_duration)]
    pub push_timeout: Duration,

    /// Attempts at a push before it is a dead letter.
    #[arg(long, env = "PUSH_ATTEMPTS", default_value_t = 8, value_parser = clap::value_parser!(i32).range(1..=100))]
    pub push_attempts: i32,

    /// After the first attempt; doubles up to the longest, and is jittered.
    #[arg(long, env = "PUSH_FIRST_PAUSE", default_value = "2s", value_parser = humantime::parse_duration)]
    pub push_first_pause: Duration,

    /// The longest pause between two attempts.
    #[arg(long, env = "PUSH_LONGEST_PAUSE", default_value = "10m", value_parser = humantime::parse_duration)]
    pub push_longest_pause: Duration,

    /// Pushes to one provider at the same time, in each replica.
    #[arg(long, env = "PUSH_CONCURRENCY", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub push_concurrency: u32,

    /// After so long another replica takes over what one has in hand. Longer than an attempt.
    #[arg(long, env = "PUSH_LEASE", default_value = "30s", value_parser = humantime::parse_duration)]
    pub push_lease: Duration,

    /// How often it is looked for pushes that are due.
    #[arg(long, env = "PUSH_POLL_INTERVAL", default_value = "500ms", value_parser = humantime::parse_duration)]
    pub push_poll_interval: Duration,

    /// Failures in a row after which a provider is left alone.
    #[arg(long, env = "PUSH_BREAKER_FAILURES", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub push_breaker_failures: u32,

    /// For how long.
    #[arg(long, env = "PUSH_BREAKER_PAUSE", default_value = "10s", value_parser = humantime::parse_duration)]
    pub push_breaker_pause: Duration,

    /// Pushes that one recipient gets at once, and then in each minute. More are dropped; the application shows them all the same.
    #[arg(long, env = "PUSH_LIMIT", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub push_limit: u32,
}

//! All settings of the service.

use std::path::PathBuf;

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

    /// Apache Kafka: what the index is made of.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// Who is hidden from the caller: without it, only tags are searched.
    #[arg(long, env = "USER_SERVICE_URL")]
    pub user_service_url: String,

    /// Folder of the index on a local disk, of this process alone.
    #[arg(long, env = "INDEX_PATH")]
    pub index_path: PathBuf,

    /// Consumer group. Each replica consumes everything, so each has a group of its own that it keeps as long as its folder.
    #[arg(long, env = "SEARCH_GROUP", default_value = "search-service")]
    pub search_group: String,
}

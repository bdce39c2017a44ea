//! All settings of the service.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use social_auth::Secret;

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

    /// PostgreSQL: everything but the bytes.
    #[command(flatten)]
    pub database: social_database::Settings,

    /// Apache Kafka: events wait in the database while it is away.
    #[command(flatten)]
    pub kafka: social_events::Settings,

    /// The bytes.
    #[command(flatten)]
    pub objects: crate::objects::Settings,

    /// What signed addresses begin with: where end users reach the REST edge, without a slash at the end.
    #[arg(long, env = "MEDIA_PUBLIC_URL")]
    pub media_public_url: String,

    /// Signs addresses: at least 32 random bytes, as text.
    #[arg(long, env = "MEDIA_SIGNING_KEY", hide_env_values = true)]
    pub media_signing_key: Secret,

    /// The key before, whose signatures are good for as long as it is given: an hour, when keys are replaced.
    #[arg(long, env = "MEDIA_SIGNING_KEY_PREVIOUS", hide_env_values = true)]
    pub media_signing_key_previous: Option<Secret>,

    /// Uploads that are received at a time, each with up to 10 MiB in memory; more are refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "MAX_UPLOADS", default_value_t = 16)]
    pub max_uploads: usize,

    /// How long an uploader may be silent. In all, an upload has a minute, and a second for each 64 KiB.
    #[arg(long, env = "UPLOAD_IDLE_TIMEOUT", default_value = "30s", value_parser = humantime::parse_duration)]
    pub upload_idle_timeout: Duration,

    /// Files that are processed at a time. One image takes up to 500 MiB for some seconds.
    #[arg(long, env = "PROCESSING_WORKERS", default_value_t = 1)]
    pub processing_workers: usize,

    /// How long a worker may be silent before its file is taken by another one.
    #[arg(long, env = "PROCESSING_LEASE", default_value = "10m", value_parser = humantime::parse_duration)]
    pub processing_lease: Duration,

    /// How often work that other replicas have left is looked for.
    #[arg(long, env = "PROCESSING_POLL", default_value = "1s", value_parser = humantime::parse_duration)]
    pub processing_poll: Duration,

    /// The program `ffmpeg`, which makes posters from frames. Absent: posters are drawn.
    #[arg(long, env = "FFMPEG_PATH")]
    pub ffmpeg_path: Option<PathBuf>,

    /// How often objects are looked for that belong to no file.
    #[arg(long, env = "SWEEP_INTERVAL", default_value = "1h", value_parser = humantime::parse_duration)]
    pub sweep_interval: Duration,

    /// Younger ones may be part of an upload under way.
    #[arg(long, env = "ORPHAN_AGE", default_value = "24h", value_parser = humantime::parse_duration)]
    pub orphan_age: Duration,
}

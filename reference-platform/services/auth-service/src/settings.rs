//! All settings of the service.

use std::time::Duration;

use clap::{Args, Parser};

/// What `serve` needs. Each is an environment variable too.
#[derive(Parser, Clone, Debug)]
pub struct Settings {
    #[command(flatten)]
    pub runtime: social_runtime::Settings,

    #[command(flatten)]
    pub telemetry: social_telemetry::Settings,

    #[command(flatten)]
    pub tokens: social_auth::TokenSettings,

    #[command(flatten)]
    pub tls: social_auth::TlsSettings,

    #[command(flatten)]
    pub database: social_database::Settings,

    #[command(flatten)]
    pub redis: social_cache::Settings,

    #[command(flatten)]
    pub kafka: social_events::Settings,

    #[command(flatten)]
    pub passwords: PasswordSettings,

    #[command(flatten)]
    pub logins: LoginSettings,

    #[command(flatten)]
    pub keys: KeySettings,

    /// How long an access token lives.
    #[arg(long, env = "ACCESS_TOKEN_TTL", default_value = "15m", value_parser = humantime::parse_duration)]
    pub access_token_ttl: Duration,

    /// How long a refresh token lives, and with it a session that is not used.
    #[arg(long, env = "REFRESH_TOKEN_TTL", default_value = "30d", value_parser = humantime::parse_duration)]
    pub refresh_token_ttl: Duration,

    /// How often expired rows are looked for.
    #[arg(long, env = "PURGE_INTERVAL", default_value = "1m", value_parser = humantime::parse_duration)]
    pub purge_interval: Duration,
}

/// Argon2id: the defaults are one of the choices that OWASP recommends, the one that lets two computations fit into a small process.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct PasswordSettings {
    /// Memory of one computation. Existing hashes keep theirs.
    #[arg(long, env = "ARGON2_MEMORY_KIB", default_value_t = 12_288)]
    pub argon2_memory_kib: u32,

    /// Passes of one computation.
    #[arg(long, env = "ARGON2_ITERATIONS", default_value_t = 3)]
    pub argon2_iterations: u32,

    /// Computations at the same time; each needs a core, and the memory, which the process keeps.
    #[arg(long, env = "PASSWORD_CONCURRENCY", default_value_t = 2)]
    pub password_concurrency: usize,
}

/// How often somebody may try a password.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct LoginSettings {
    /// Attempts for one login in `LOGIN_WINDOW`.
    #[arg(long, env = "LOGIN_ATTEMPTS_PER_LOGIN", default_value_t = 10)]
    pub login_attempts_per_login: u32,

    /// Attempts from one address in `LOGIN_WINDOW`, for all logins.
    #[arg(long, env = "LOGIN_ATTEMPTS_PER_ADDRESS", default_value_t = 300)]
    pub login_attempts_per_address: u32,

    #[arg(long, env = "LOGIN_WINDOW", default_value = "5m", value_parser = humantime::parse_duration)]
    pub login_window: Duration,

    /// Proxies between the client and this service that append to `x-forwarded-for`. 0: the peer is the client.
    #[arg(long, env = "TRUSTED_PROXIES", default_value_t = 0)]
    pub trusted_proxies: usize,
}

/// Keys that sign access tokens.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct KeySettings {
    /// 32 bytes in base64: private keys are encrypted with it in the database. The same for all replicas.
    #[arg(long, env = "SIGNING_KEY_ENCRYPTION_KEY", hide_env_values = true)]
    pub signing_key_encryption_key: social_auth::Secret,

    /// How long a key signs before the next one takes its place.
    #[arg(long, env = "SIGNING_KEY_ROTATION", default_value = "30d", value_parser = humantime::parse_duration)]
    pub signing_key_rotation: Duration,
}

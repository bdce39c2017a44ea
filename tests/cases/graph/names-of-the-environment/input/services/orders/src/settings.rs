use config::{Config, ConfigError, Environment, File};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    pub server: Server,
    pub payments: Payments,
    pub kafka: Kafka,
    pub database: Database,
    #[serde(default = "cache_url")]
    pub cache_url: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Server {
    pub port: u16,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Payments {
    pub url: String,
    pub timeout_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Kafka {
    pub brokers: String,
    pub topic: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Database {
    pub url: String,
    #[serde(default = "connections")]
    pub max_connections: u32,
}

fn connections() -> u32 {
    8
}

fn cache_url() -> String {
    "redis://localhost/0".to_string()
}

impl Settings {
    pub fn load() -> Result<Self, ConfigError> {
        Config::builder()
            .add_source(File::with_name("config/default"))
            .add_source(Environment::with_prefix("ORDERS").separator("__"))
            .build()?
            .try_deserialize()
    }
}

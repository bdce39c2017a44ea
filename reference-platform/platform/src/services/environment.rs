//! The settings that a replica is started with.

use anyhow::Result;

use super::catalog::Service;
use crate::folder::Folder;
use crate::keys;
use crate::limits::Limits;
use crate::state::{Part, State};
use crate::stores::{Endpoints, text};
use crate::topics::search_group;

/// Taken over from whoever starts the platform.
const INHERITED: [&str; 4] = ["RUST_LOG", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG", "DRAIN"];

/// Whoever asks for traces here wants all of them, also while much is going on.
const ALL_TRACES: [(&str, &str); 3] =
    [("OTEL_TRACES_SAMPLER_ARG", "1"), ("OTEL_BSP_SCHEDULE_DELAY", "500"), ("OTEL_BSP_MAX_QUEUE_SIZE", "65536")];

/// Attempts to log in from one address in five minutes.
const LOGIN_ATTEMPTS: u32 = 100_000;

/// What all replicas are told alike.
pub(super) struct Common {
    pub(super) endpoints: Endpoints,
    pub(super) limits: Limits,
    /// The platform's pair, in PEM.
    pub(super) private_key: String,
    pub(super) public_key: String,
}

/// All settings of the replica `name` of `service` whose ports are those of `part`; `state` tells where its callees listen.
pub(super) fn of(
    service: &Service,
    name: &str,
    part: &Part,
    state: &State,
    folder: &Folder,
    common: &Common,
) -> Result<Vec<(String, String)>> {
    let Common { endpoints, limits, private_key, public_key } = common;
    let mut env: Vec<(String, String)> = Vec::new();
    let mut set = |name: &str, value: String| env.push((name.to_owned(), value));
    for name in INHERITED {
        if let Ok(value) = std::env::var(name) {
            set(name, value);
        }
    }
    if let Some(otlp) = &state.otlp {
        set("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.clone());
        for (name, value) in ALL_TRACES {
            set(name, value.to_owned());
        }
    }
    for (name, purpose) in [("GRPC_ADDR", "grpc"), ("HTTP_ADDR", "http"), ("ADMIN_ADDR", "admin")] {
        set(name, format!("127.0.0.1:{}", part.port(purpose)));
    }
    set("SERVICE_TOKEN_KEY", private_key.clone());
    set("SERVICE_TOKEN_PUBLIC_KEY", public_key.clone());
    set("KAFKA_BROKERS", endpoints.kafka.brokers.clone());
    if let Some(database) = service.database {
        set("DATABASE_URL", endpoints.database(database));
        if let Some(connections) = limits.database_max_connections.get(service.name) {
            set("DATABASE_MAX_CONNECTIONS", connections.to_string());
        }
    }
    if service.redis {
        set("REDIS_URL", endpoints.redis.url.clone());
    }
    if service.clickhouse {
        set("CLICKHOUSE_URL", endpoints.clickhouse.url.clone());
    }
    if service.neo4j {
        set("NEO4J_URI", endpoints.neo4j.uri.clone());
        set("NEO4J_USER", endpoints.neo4j.user.clone());
        set("NEO4J_PASSWORD", endpoints.neo4j.password.clone());
        // Its first queries take long: Java compiles them while others use the same cores.
        set("NEO4J_TIMEOUT", "5s".to_owned());
    }
    for callee in service.calls {
        set(&format!("{}_SERVICE_URL", callee.to_uppercase()), urls(callee, state));
    }
    set("TOKEN_ISSUER", keys::TOKEN_ISSUER.to_owned());
    set("TOKEN_AUDIENCE", keys::TOKEN_AUDIENCE.to_owned());
    match service.name {
        "auth" => {
            set("SIGNING_KEY_ENCRYPTION_KEY", keys::secret(folder, "signing-key-encryption-key")?);
            // All clients of this machine have one address.
            set("LOGIN_ATTEMPTS_PER_ADDRESS", LOGIN_ATTEMPTS.to_string());
        }
        "media" => {
            // All replicas see the same objects, and sign alike; any of them serves what another one has signed.
            set("OBJECT_STORE_DIR", text(&folder.data("objects"))?.to_owned());
            set("MEDIA_SIGNING_KEY", keys::secret(folder, "media-signing-key")?);
            set("MEDIA_PUBLIC_URL", edge(part));
        }
        "search" => {
            // Each replica has the whole index, and reads all events for it.
            set("INDEX_PATH", text(&folder.data("services").join(name).join("index"))?.to_owned());
            set("SEARCH_GROUP", Service::of_replica(name).map_or_else(|| name.to_owned(), |(_, n)| search_group(n)));
        }
        "streaming" => set("PUBLIC_URL", edge(part)),
        _ => {}
    }
    Ok(env)
}

/// Where end users reach a replica.
fn edge(part: &Part) -> String {
    format!("http://127.0.0.1:{}", part.port("http"))
}

/// `http://…` of each replica, separated by commas: calls are balanced between them. Where there are none, one at which nobody
/// listens: its callers start, and find it down.
pub(super) fn urls(service: &str, state: &State) -> String {
    let replicas = state
        .parts
        .iter()
        .filter(|(name, _)| Service::of_replica(name).is_some_and(|(known, _)| known.name == service));
    let urls: Vec<String> = replicas.map(|(_, part)| format!("http://127.0.0.1:{}", part.port("grpc"))).collect();
    if urls.is_empty() { "http://127.0.0.1:1".to_owned() } else { urls.join(",") }
}

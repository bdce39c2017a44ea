//! What the manifests in `deploy/` say of the stores: the same numbers and topics hold on this machine. They are read from the text
//! that they had when the launcher was built.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

macro_rules! manifest {
    ($path:literal) => {
        ($path, include_str!(concat!("../../deploy/base/", $path)))
    };
}

/// The path below `deploy/base`, and the text.
type Manifest = (&'static str, &'static str);

const TOPICS: [Manifest; 3] = [
    manifest!("stores/kafka/topics.yaml"),
    manifest!("stores/kafka/dead-letters.yaml"),
    manifest!("stores/kafka/retries.yaml"),
];
const CLUSTERS: [Manifest; 7] = [
    manifest!("stores/postgres/auth.yaml"),
    manifest!("stores/postgres/user.yaml"),
    manifest!("stores/postgres/content.yaml"),
    manifest!("stores/postgres/media.yaml"),
    manifest!("stores/postgres/messaging.yaml"),
    manifest!("stores/postgres/notification.yaml"),
    manifest!("stores/postgres/streaming.yaml"),
];
/// By service.
const SETTINGS: [(&str, Manifest); 7] = [
    ("auth", manifest!("auth-service/settings.env")),
    ("user", manifest!("user-service/settings.env")),
    ("content", manifest!("content-service/settings.env")),
    ("media", manifest!("media-service/settings.env")),
    ("messaging", manifest!("messaging-service/settings.env")),
    ("notification", manifest!("notification-service/settings.env")),
    ("streaming", manifest!("streaming-service/settings.env")),
];
/// One Redis is both here, so the one that throws nothing away decides.
const REDIS: Manifest = manifest!("stores/redis/redis-state.conf");
const CLICKHOUSE_CONFIG: Manifest = manifest!("stores/clickhouse/config.yaml");
const CLICKHOUSE_USERS: Manifest = manifest!("stores/clickhouse/users.yaml");
const NEO4J: Manifest = manifest!("stores/neo4j/neo4j.yaml");

/// A topic as the operator of the broker makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// In how many parts it is.
    pub partitions: i32,
    /// Settings of the broker for it, those about other brokers left out: here is one.
    pub settings: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct KafkaTopic {
    metadata: Metadata,
    spec: TopicSpec,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
struct TopicSpec {
    partitions: i32,
    config: BTreeMap<String, Value>,
}

/// All topics.
pub(crate) fn topics() -> Result<Vec<Topic>> {
    let mut topics = Vec::new();
    for manifest in TOPICS {
        for KafkaTopic { metadata, spec } in documents(manifest)? {
            let settings = spec.config.into_iter().filter(|(name, _)| name != "min.insync.replicas");
            topics.push(Topic {
                name: metadata.name,
                partitions: spec.partitions,
                settings: settings.map(|(name, value)| (name, plain(&value))).collect(),
            });
        }
    }
    Ok(topics)
}

/// Connections that the clusters accept together: here one server is all of them.
pub(crate) fn postgres_max_connections() -> Result<u64> {
    CLUSTERS.into_iter().map(|manifest| number(manifest, "/spec/postgresql/parameters/max_connections")).sum()
}

/// How many connections a replica of each service opens at most.
pub(crate) fn database_max_connections() -> Result<BTreeMap<&'static str, u32>> {
    let pool = |(service, (path, text)): (&'static str, Manifest)| -> Result<(&'static str, u32)> {
        let value = text.lines().find_map(|line| line.strip_prefix("DATABASE_MAX_CONNECTIONS="));
        let value = value.with_context(|| format!("deploy/base/{path} has no DATABASE_MAX_CONNECTIONS"))?;
        let number = value.parse().with_context(|| format!("deploy/base/{path}: {value} is no number"))?;
        Ok((service, number))
    };
    SETTINGS.into_iter().map(pool).collect()
}

/// Settings of Redis in their order, without those about files of its pod.
pub(crate) fn redis() -> Vec<(&'static str, &'static str)> {
    let settings = REDIS.1.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    settings
        .filter(|(name, _)| !["dir", "aclfile"].contains(name))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect()
}

/// Queries that ClickHouse runs at the same time.
pub(crate) fn clickhouse_max_concurrent_queries() -> Result<u64> {
    number(CLICKHOUSE_CONFIG, "/max_concurrent_queries")
}

/// Bytes that one query of ClickHouse may use.
pub(crate) fn clickhouse_max_memory_usage() -> Result<u64> {
    number(CLICKHOUSE_USERS, "/profiles/default/max_memory_usage")
}

/// Settings of Neo4j by the variables that its image takes, without those about the memory of its pod.
pub(crate) fn neo4j() -> Result<BTreeMap<String, String>> {
    let all: Vec<Value> = documents(NEO4J)?;
    let set = all.iter().find(|object| object["kind"] == "StatefulSet").context("neo4j.yaml has no StatefulSet")?;
    let variables = set.pointer("/spec/template/spec/containers/0/env").and_then(Value::as_array);
    let variables = variables.context("deploy/base/stores/neo4j/neo4j.yaml sets nothing")?;
    let settings = variables.iter().filter_map(|variable| {
        let (name, value) = (variable["name"].as_str()?, variable.get("value")?);
        (!name.starts_with("NEO4J_server_memory_")).then(|| (name.to_owned(), plain(value)))
    });
    Ok(settings.collect())
}

fn documents<T: DeserializeOwned>((path, text): Manifest) -> Result<Vec<T>> {
    serde_saphyr::from_multiple(text).with_context(|| format!("deploy/base/{path} is not understood"))
}

/// The whole number at a JSON pointer of the first document, also when it is written as a text.
fn number(manifest: Manifest, pointer: &str) -> Result<u64> {
    let all: Vec<Value> = documents(manifest)?;
    let value = all.first().and_then(|object| object.pointer(pointer));
    let number = value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    number.with_context(|| format!("deploy/base/{}: no number at {pointer}", manifest.0))
}

/// As it stands in a file of settings.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use social_events::topics::{ACCOUNT_EVENTS, ALL, CONTENT_EVENTS, dead_letter, retry};

    use super::*;
    use crate::topics::{MAX_REPLICAS, search_group};

    #[test]
    fn topics_are_those_of_the_manifests() {
        let topics = topics().unwrap();
        let of = |name: &str| topics.iter().find(|topic| topic.name == name);
        for name in ALL {
            assert!(of(name).is_some_and(|topic| topic.partitions > 1), "{name}");
        }
        let kept = &of(CONTENT_EVENTS).unwrap().settings;
        assert_eq!(kept["retention.ms"], "-1");
        assert!(!kept.contains_key("min.insync.replicas"));
        assert!(of(&retry(ACCOUNT_EVENTS, "notification-service")).is_some());
        assert!(of(&retry(ACCOUNT_EVENTS, "user-service")).is_none(), "it waits in order");
        for replica in 1..=MAX_REPLICAS {
            assert!(of(&dead_letter(CONTENT_EVENTS, &search_group(replica))).is_some(), "search-{replica}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_manifests() {
        assert!(postgres_max_connections().unwrap() > 500);
        assert!(database_max_connections().unwrap()["auth"] > 1);
        let redis = redis();
        assert!(redis.contains(&("maxmemory-policy", "noeviction")), "{redis:?}");
        assert!(redis.contains(&("save", "")), "{redis:?}");
        assert!(clickhouse_max_concurrent_queries().unwrap() >= 10);
        assert!(clickhouse_max_memory_usage().unwrap() >= 1 << 20);
        let neo4j = neo4j().unwrap();
        assert_eq!(neo4j["NEO4J_db_transaction_timeout"], "30s");
        assert!(!neo4j.keys().any(|name| name.contains("heap")), "{neo4j:?}");
    }
}

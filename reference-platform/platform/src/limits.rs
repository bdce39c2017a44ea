//! What the stores of this machine may use: what `deploy/` says for the clusters, and memory, of which this machine has less.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::deployed;

/// How much, and what happens beyond.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections that PostgreSQL accepts, all databases together.
    pub postgres_max_connections: u64,
    /// Of those, how many one replica of each service opens at most.
    pub database_max_connections: BTreeMap<&'static str, u32>,
    /// Settings of Redis: how much it holds, and what it does beyond.
    pub redis: Vec<(&'static str, &'static str)>,
    /// Queries that ClickHouse runs at the same time.
    pub clickhouse_max_concurrent_queries: u64,
    /// Bytes that one query of ClickHouse may use.
    pub clickhouse_max_memory_usage: u64,
    /// Settings of Neo4j, by the variables that its image takes.
    pub neo4j: BTreeMap<String, String>,
    /// Heap of the broker, in MiB.
    pub kafka_heap: u32,
    /// Heap of Neo4j, in MiB.
    pub neo4j_heap: u32,
    /// Pages of the graph that Neo4j holds, in MiB.
    pub neo4j_page_cache: u32,
}

impl Limits {
    /// Those of `deploy/`, and memory for a machine with two cores that gives 4 GB to the platform.
    ///
    /// # Errors
    /// When a manifest is not understood.
    pub fn deployed() -> Result<Self> {
        Ok(Self {
            postgres_max_connections: deployed::postgres_max_connections()?,
            database_max_connections: deployed::database_max_connections()?,
            redis: deployed::redis(),
            clickhouse_max_concurrent_queries: deployed::clickhouse_max_concurrent_queries()?,
            clickhouse_max_memory_usage: deployed::clickhouse_max_memory_usage()?,
            neo4j: deployed::neo4j()?,
            kafka_heap: 384,
            neo4j_heap: 384,
            neo4j_page_cache: 64,
        })
    }

    /// A setting of Redis.
    pub(crate) fn redis(&self, wanted: &str) -> &'static str {
        self.redis.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value)
    }
}

//! What the stores of this machine may use. The one place for numbers that are settings of a store.

/// How much, and what happens beyond.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections that PostgreSQL accepts, all databases together.
    pub postgres_max_connections: u32,
    /// Of those, how many one replica of a service opens at most.
    pub database_max_connections: u32,
    /// Bytes of keys and values that Redis holds.
    pub redis_maxmemory: u64,
    /// What Redis does when they are reached.
    pub redis_maxmemory_policy: String,
    /// Heap of the broker, in MiB.
    pub kafka_heap: u32,
    /// Partitions of a topic.
    pub topic_partitions: i32,
    /// How long a topic keeps an event, in milliseconds.
    pub topic_retention: u64,
    /// Heap of Neo4j, in MiB.
    pub neo4j_heap: u32,
    /// Pages of the graph that Neo4j holds, in MiB.
    pub neo4j_page_cache: u32,
    /// Queries that ClickHouse runs at the same time.
    pub clickhouse_max_concurrent_queries: u32,
    /// Bytes that one query of ClickHouse may use.
    pub clickhouse_max_memory_usage: u64,
}

impl Default for Limits {
    /// A machine with two cores and 4 GB for the platform.
    fn default() -> Self {
        Self {
            postgres_max_connections: 200,
            database_max_connections: 8,
            redis_maxmemory: 256 << 20,
            // What has no expiry (feeds, conversations) is not thrown away for a cache's sake: the write is refused.
            redis_maxmemory_policy: "volatile-lru".to_owned(),
            kafka_heap: 384,
            topic_partitions: 6,
            topic_retention: 7 * 24 * 60 * 60 * 1000,
            neo4j_heap: 384,
            neo4j_page_cache: 64,
            clickhouse_max_concurrent_queries: 100,
            clickhouse_max_memory_usage: 1 << 30,
        }
    }
}

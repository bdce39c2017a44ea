//! Makes the tables: plain SQL files in order, each applied once. A statement that was applied before a failure is applied again,
//! so all of them may come twice.

use clickhouse::Row;
use clickhouse::sql::Identifier;
use serde::Deserialize;

use super::observe::Observer;
use super::{Settings, Store, client};

/// The one that each server has: ours cannot be named before it is there.
const SERVERS_OWN: &str = "default";

/// Version, name and statements. A file that was applied is never changed: a further one is added.
const EXPAND: [(u32, &str, &str); 2] = [
    (1, "events", include_str!("../../migrations/0001_events.sql")),
    (2, "event_schemas", include_str!("../../migrations/0002_event_schemas.sql")),
];

#[derive(Row, Deserialize)]
struct Applied {
    version: u32,
}

/// Makes the database and what is missing in it.
#[tracing::instrument(skip_all)]
pub async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let database = Identifier(&settings.clickhouse_database);
    let made = client(settings).with_database(SERVERS_OWN).query("CREATE DATABASE IF NOT EXISTS ?").bind(database);
    Observer::new(settings, SERVERS_OWN).statement("create", made.execute()).await?;
    let store = Store::new(settings);
    let observer = &store.observer;
    let table = "CREATE TABLE IF NOT EXISTS applied_migrations (version UInt32, name String, apply_time DateTime)
                 ENGINE = ReplacingMergeTree ORDER BY version";
    observer.statement("create", store.client.query(table).execute()).await?;
    let applied = "SELECT DISTINCT version FROM applied_migrations ORDER BY version LIMIT 10000";
    let applied: Vec<Applied> = observer.statement("select", store.client.query(applied).fetch_all()).await?;
    for (version, name, sql) in EXPAND {
        if applied.iter().any(|one| one.version == version) {
            continue;
        }
        for statement in statements(sql) {
            let operation = statement.split_whitespace().next().unwrap_or_default().to_lowercase();
            observer.statement(operation, store.client.query_raw(&statement).execute()).await?;
        }
        let done = "INSERT INTO applied_migrations (version, name, apply_time) SELECT toUInt32(?), ?, now()";
        observer.statement("insert", store.client.query(done).bind(version).bind(name).execute()).await?;
        tracing::info!(version, name, "migration applied");
    }
    Ok(())
}

/// What stands between semicolons at line ends, without comments.
fn statements(sql: &str) -> Vec<String> {
    let lines: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let parts = lines.join("\n");
    parts
        .split(";\n")
        .map(|part| part.trim().trim_end_matches(';').to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_order_and_hold_statements() {
        for (index, (version, name, sql)) in EXPAND.into_iter().enumerate() {
            assert_eq!(version as usize, index + 1);
            assert!(!statements(sql).is_empty(), "{name}");
        }
        assert_eq!(statements("-- a;\nSELECT 1;\n\nSELECT\n2;\n"), ["SELECT 1", "SELECT\n2"]);
    }
}

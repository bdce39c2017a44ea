//! A PostgreSQL database for one test.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool};
use uuid::Uuid;

use crate::{Stores, finish};

/// A test that was killed leaves its database; after so many seconds another one drops it.
const STALE_SECONDS: u64 = 3600;
/// PostgreSQL drops no database while any client anywhere is about to log in. That client may live in the runtime of the thread
/// that drops, and then gets on only when this one does.
const PATIENCE: Duration = Duration::from_millis(500);

/// A database that only this test has, with all migrations. It is dropped with the value, or soon after, whoever is connected.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    server: PgConnectOptions,
    pool: PgPool,
}

impl Stores {
    /// A new database, migrated.
    pub async fn database(&self, migrator: &Migrator) -> anyhow::Result<TestDatabase> {
        let server: PgConnectOptions = self.postgres_url()?.parse()?;
        let mut connection = server.connect().await.context("PostgreSQL cannot be reached")?;
        let name = format!("test_{}_{}", now(), Uuid::new_v4().simple());
        // The name is made here. template0, because nobody can be connected to it.
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0")))
            .execute(&mut connection)
            .await?;
        connection.close().await?;

        let options = server.clone().database(&name);
        let url = options.to_url_lossy().to_string();
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(options);
        let database = TestDatabase { name, url, server, pool };
        migrator.run(&database.pool).await.context("the database cannot be migrated")?;
        Ok(database)
    }
}

impl TestDatabase {
    /// Its `DATABASE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A pool for what the test itself does.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        finish(&self.name, PATIENCE, async move {
            let mut connection = server.connect().await?;
            drop_database(&mut connection, &name).await?;
            drop_stale(&mut connection).await?;
            Ok(connection.close().await?)
        });
    }
}

async fn drop_stale(connection: &mut PgConnection) -> anyhow::Result<()> {
    let names: Vec<String> = sqlx::query_scalar(r"SELECT datname::text FROM pg_database WHERE datname LIKE 'test\_%'")
        .fetch_all(&mut *connection)
        .await?;
    let age = |name: &str| Some(now().saturating_sub(name.split('_').nth(1)?.parse().ok()?));
    for name in names.iter().filter(|name| age(name).is_some_and(|age| age > STALE_SECONDS)) {
        if let Err(error) = drop_database(connection, name).await {
            // Another test does the same, perhaps.
            eprintln!("{name} cannot be dropped: {error}");
        }
    }
    Ok(())
}

async fn drop_database(connection: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    // The name is one that `database` has made: letters, digits and underscores.
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))).execute(connection).await?;
    Ok(())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

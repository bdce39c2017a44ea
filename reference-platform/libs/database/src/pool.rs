//! The pool: how many connections there are, how long anything on them may take, and how both are measured.

use std::fmt;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::Result;

/// Locks are short in a service: who waits longer than this for one gives up.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// A transaction that does nothing holds locks and a connection.
const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections are made anew so that they spread over the servers after a failover.
const MAX_LIFETIME: Duration = Duration::from_secs(30 * 60);
const IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);
const PING_TIMEOUT: Duration = Duration::from_secs(1);
const SAMPLE_PERIOD: Duration = Duration::from_secs(5);

/// Settings of the database, flattened into those of a service.
#[derive(Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`
    #[arg(id = "database_url", long = "database-url", env = "DATABASE_URL", hide_env_values = true)]
    pub url: String,

    /// Connections of one replica at most. All replicas together stay below `max_connections` of the server.
    #[arg(
        id = "database_max_connections",
        long = "database-max-connections",
        env = "DATABASE_MAX_CONNECTIONS",
        default_value = "10",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub max_connections: u32,

    /// How long a request waits for a free connection.
    #[arg(
        id = "database_acquire_timeout",
        long = "database-acquire-timeout",
        env = "DATABASE_ACQUIRE_TIMEOUT",
        default_value = "500ms"
    )]
    pub acquire_timeout: humantime::Duration,

    /// How long one statement may run.
    #[arg(
        id = "database_statement_timeout",
        long = "database-statement-timeout",
        env = "DATABASE_STATEMENT_TIMEOUT",
        default_value = "5s"
    )]
    pub statement_timeout: humantime::Duration,
}

/// Without the URL, which holds a password.
impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// How connections are made: every wait on the server has an end.
    pub(crate) fn connect_options(
        &self,
        application_name: &str,
        statement_timeout: Duration,
        lock_timeout: Duration,
    ) -> Result<PgConnectOptions> {
        let options: PgConnectOptions = self.url.parse()?;
        let name = options.get_database().unwrap_or_else(|| options.get_username());
        social_telemetry::database(name, options.get_host(), options.get_port());
        Ok(options.application_name(application_name).options([
            ("statement_timeout", statement_timeout.as_millis().to_string()),
            ("lock_timeout", lock_timeout.as_millis().to_string()),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT.as_millis().to_string()),
        ]))
    }
}

/// Makes the pool of a service, which connects when it is first used: a service starts without its database and is not ready.
/// `application_name` is what the database shows for its connections. Must be called inside of a Tokio runtime.
pub fn pool(settings: &Settings, application_name: &str) -> Result<PgPool> {
    let options = settings.connect_options(application_name, *settings.statement_timeout, LOCK_TIMEOUT)?;
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .min_connections(1)
        .acquire_timeout(*settings.acquire_timeout)
        .max_lifetime(MAX_LIFETIME)
        .idle_timeout(IDLE_TIMEOUT)
        .connect_lazy_with(options);
    tokio::spawn(sample(pool.clone()));
    Ok(pool)
}

/// Asks the database for a sign of life, for at most a second. A pool whose connections are all in use is alive: taking the
/// replica out of service then would only move its load to the others.
pub async fn ping(pool: &PgPool) -> Result<()> {
    if pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections() {
        return Ok(());
    }
    match tokio::time::timeout(PING_TIMEOUT, sqlx::query("SELECT 1").execute(pool)).await {
        Ok(answer) => Ok(answer.map(drop)?),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
    }
}

/// Measures a query: `timed("posts.insert", query.execute(&pool)).await`. The name is a literal, so that there are few.
pub async fn timed<T>(query: &'static str, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let start = Instant::now();
    let answer = work.await;
    let outcome = if answer.is_ok() { "ok" } else { "error" };
    metrics::histogram!("db_query_duration_seconds", "query" => query, "outcome" => outcome).record(start.elapsed());
    answer
}

/// Tells how many connections there are until the pool is closed.
async fn sample(pool: PgPool) {
    let mut ticks = tokio::time::interval(SAMPLE_PERIOD);
    metrics::gauge!("db_pool_connections", "state" => "max").set(f64::from(pool.options().get_max_connections()));
    loop {
        tokio::select! {
            () = pool.close_event() => return,
            _ = ticks.tick() => {
                let size = pool.size();
                let idle = u32::try_from(pool.num_idle()).unwrap_or(size).min(size);
                metrics::gauge!("db_pool_connections", "state" => "idle").set(f64::from(idle));
                metrics::gauge!("db_pool_connections", "state" => "used").set(f64::from(size - idle));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    #[derive(Parser)]
    struct Service {
        #[command(flatten)]
        database: super::Settings,
    }

    #[test]
    fn settings_have_defaults_and_keep_the_password() {
        let arguments = ["service", "--database-url", "postgres://user:secret@127.0.0.1/db"];
        let shown = format!("{:?}", Service::parse_from(arguments).database);
        assert!(shown.contains("statement_timeout") && !shown.contains("secret"), "{shown}");
        assert!(Service::try_parse_from([&arguments[..], &["--database-max-connections", "0"]].concat()).is_err());
    }
}

//! Migrations: what changes the tables of a service while versions of it run.

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{ConnectOptions, Connection};

use crate::{Error, Result, Settings, error};

/// Building an index takes its time.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Who waits for a lock on a table makes all that comes after wait too: so not for long, but often.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPTS: u32 = 20;
/// Longest wait between two attempts.
const WAIT: Duration = Duration::from_secs(4);

/// Applies what is missing, each migration in a transaction of its own (unless it says `-- no-transaction`), and one process at
/// a time: an advisory lock sees to that. A lock that is not had within three seconds is given up and tried again, twenty times.
///
/// Migrations in the table that `migrator` does not know are those of the service's other folder, or of a newer version.
///
/// # Errors
/// When no connection can be made, a migration fails, or one that was applied has changed since.
#[tracing::instrument(skip_all, err(Debug, level = "debug"))]
pub async fn migrate(settings: &Settings, migrator: &Migrator) -> Result<()> {
    let mut migrator = Migrator::with_migrations(migrator.iter().cloned().collect());
    migrator.set_ignore_missing(true);
    let options = settings.connect_options("migrate", STATEMENT_TIMEOUT, LOCK_TIMEOUT)?;

    for attempt in 1..ATTEMPTS {
        // A connection of its own for each attempt: the advisory lock goes with it, also after a failure.
        let mut connection = options.connect().await?;
        let outcome = migrator.run_direct(None, &mut connection, false).await;
        let closed = connection.close().await;
        match outcome {
            Err(failure) if gave_way(&failure) => {
                tracing::warn!(attempt, %failure, "migration waits for a lock");
                tokio::time::sleep(rand::random_range(WAIT / 4..WAIT)).await;
            }
            Err(failure) => return Err(Error::Database(failure.into())),
            Ok(()) => return Ok(closed?),
        }
    }
    let mut connection = options.connect().await?;
    migrator.run_direct(None, &mut connection, false).await.map_err(|failure| Error::Database(failure.into()))?;
    Ok(connection.close().await?)
}

/// Whether a lock was not to be had, or a deadlock was ended to its disadvantage.
fn gave_way(failure: &MigrateError) -> bool {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = failure else {
        return false;
    };
    error::conflicts(cause) || error::code(cause).as_deref() == Some("55P03")
}

//! What goes wrong with a database, and what a caller is told of it.

use sqlx::error::DatabaseError;

/// `std::result::Result` with the [`Error`] of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the database, or a refusal by the rules of the service: what a transaction may end with. `?` makes it of both.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// The service refuses; the transaction is rolled back.
    #[error(transparent)]
    Refused(#[from] social_runtime::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            metrics::counter!("db_pool_timeouts_total").increment(1);
        }
        Error::Database(error)
    }
}

/// What a caller is told: UNAVAILABLE when it may go well later, ABORTED when another transaction was in the way, else INTERNAL.
impl From<Error> for social_runtime::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal,
            Error::Database(error) if conflicts(&error) => {
                social_runtime::Error::aborted("somebody else changed the same at the same time").with_source(error)
            }
            Error::Database(error) if may_pass(&error) => {
                social_runtime::Error::unavailable("the database does not answer").with_source(error)
            }
            Error::Database(error) => social_runtime::Error::internal(error),
        }
    }
}

/// Whether the error is the violation of this constraint (or unique index).
pub fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(DatabaseError::constraint) == Some(constraint)
}

/// Serialization failure or deadlock: the same transaction, run again from its beginning, may go well.
pub(crate) fn conflicts(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

/// Nobody answers, or the server is too busy, starting or stopping.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(_) => code(error).is_some_and(|code| {
            // connection exception, insufficient resources, operator intervention (also: statement timeout), lock timeout
            code.starts_with("08") || code.starts_with("53") || code.starts_with("57") || code == "55P03"
        }),
        _ => false,
    }
}

/// The SQLSTATE, where the server has answered.
pub(crate) fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code().map(String::from))
}

//! What a service does with an event, and how that can fail.

use std::fmt;

use crate::Received;

/// Applies events.
pub trait Handler: Send + Sync + 'static {
    /// Applies one event. It can come again, and can be dropped at any `await` when its partition is taken away: the effect and
    /// the note that it was applied are one step.
    ///
    /// # Errors
    /// `?` on any error is [`ConsumeError::Transient`].
    fn apply(&self, event: Received) -> impl Future<Output = Result<(), ConsumeError>> + Send;
}

/// Why an event was not applied. Not a `std::error::Error` itself, so that each of those becomes one with `?`.
#[derive(Debug)]
pub enum ConsumeError {
    /// Another attempt may help.
    Transient(anyhow::Error),
    /// No attempt can help: the event is not what its topic holds. The reason is for developers and holds nothing of the value.
    Poison(String),
}

impl ConsumeError {
    /// From something that is no error type, such as [`anyhow::Error`].
    pub fn transient(error: impl Into<anyhow::Error>) -> Self {
        Self::Transient(error.into())
    }

    /// The reason goes to a header of the dead letter.
    pub fn poison(reason: impl Into<String>) -> Self {
        Self::Poison(reason.into())
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for ConsumeError {
    fn from(error: E) -> Self {
        Self::Transient(error.into())
    }
}

impl fmt::Display for ConsumeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transient(error) => write!(formatter, "{error:#}"),
            Self::Poison(reason) => formatter.write_str(reason),
        }
    }
}

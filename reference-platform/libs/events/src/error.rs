//! What goes wrong between this process and the brokers.

use rdkafka::error::KafkaError;

/// `std::result::Result` with the [`Error`] of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure to publish, or one that ends a consumer or a replay.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The brokers did not answer, or refused.
    #[error("kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// The event was given to a topic that does not hold it, has no UUID, or is too large: a mistake of the caller.
    #[error("event cannot be published: {0}")]
    Event(String),
    /// An event of a replay could not be applied.
    #[error("event could not be applied: {0:#}")]
    Apply(anyhow::Error),
    /// The work was told to stop before it was done.
    #[error("stopped")]
    Stopped,
}

/// What a caller is told: UNAVAILABLE, or INTERNAL where trying again cannot help.
impl From<Error> for social_runtime::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Kafka(_) | Error::Apply(_) | Error::Stopped => {
                social_runtime::Error::unavailable("the event log does not answer").with_source(error)
            }
            Error::Event(_) => social_runtime::Error::internal(error),
        }
    }
}

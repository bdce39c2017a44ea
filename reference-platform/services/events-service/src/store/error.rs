//! What goes wrong with ClickHouse, and what a caller is told.

use std::time::Duration;

use social_runtime::Error as Refusal;

/// `std::result::Result` with the [`Error`] of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// ClickHouse did not answer, or refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be reached, or refused.
    #[error("clickhouse: {0}")]
    Client(#[from] clickhouse::error::Error),
    /// Within the timeout of the settings.
    #[error("clickhouse: no answer within {0:?}")]
    Timeout(Duration),
}

/// TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_SLOW, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES: the query was too much.
const TOO_MUCH: [u32; 5] = [158, 159, 160, 241, 307];
/// TOO_MANY_SIMULTANEOUS_QUERIES, SOCKET_TIMEOUT, NETWORK_ERROR, TABLE_IS_READ_ONLY, TOO_MANY_PARTS, ALL_CONNECTION_TRIES_FAILED,
/// KEEPER_EXCEPTION: the server is busy or half there.
const BUSY: [u32; 7] = [202, 209, 210, 242, 252, 279, 999];

impl Error {
    /// The code that the server has told.
    fn code(&self) -> Option<u32> {
        let Self::Client(clickhouse::error::Error::BadResponse(text)) = self else { return None };
        let (_, rest) = text.split_once("Code: ")?;
        rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        use clickhouse::error::Error as Client;
        match (&error, error.code()) {
            (_, Some(code)) if TOO_MUCH.contains(&code) => {
                Refusal::resource_exhausted("this takes too much: ask for a shorter time").with_source(error)
            }
            (_, Some(code)) if !BUSY.contains(&code) => Refusal::internal(error),
            // An answer without a code comes from something between, not from the server.
            (Error::Timeout(_) | Error::Client(Client::Network(_) | Client::TimedOut | Client::BadResponse(_)), _) => {
                Refusal::unavailable("analytics cannot be read at the moment").with_source(error)
            }
            (Error::Client(_), _) => Refusal::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn what_the_server_tells_decides() {
        let told =
            |text: &str| Refusal::from(Error::from(clickhouse::error::Error::BadResponse(text.to_owned()))).code();
        assert_eq!(told("Code: 241, e.displayText() = DB::Exception: Memory limit"), Code::ResourceExhausted);
        assert_eq!(told("Code: 202. DB::Exception: Too many simultaneous queries"), Code::Unavailable);
        assert_eq!(told("Code: 60, e.displayText() = DB::Exception: Table does not exist"), Code::Internal);
        assert_eq!(told("502 Bad Gateway"), Code::Unavailable);
        assert_eq!(Refusal::from(Error::Timeout(Duration::ZERO)).code(), Code::Unavailable);
    }
}

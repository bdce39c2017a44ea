//! The services that this one asks, in the words of the domain.

mod posts;
mod users;

use social_runtime::Error;
use tonic::Status;

pub use posts::{Posts, entry, shown};
pub use users::Users;

/// Whatever keeps a neighbour from answering: the caller has done nothing wrong.
fn unavailable(service: &str, status: Status) -> Error {
    Error::unavailable(format!("{service} does not answer")).with_source(status)
}

//! The services that this one asks, always on behalf of the user who calls.

mod media;
mod users;

pub use media::Media;
pub use users::Users;

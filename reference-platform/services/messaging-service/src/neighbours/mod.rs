//! The services that this one asks, always on behalf of the user who calls.

mod auth;
mod media;
mod users;

pub use auth::Auth;
pub use media::Media;
pub use users::Users;

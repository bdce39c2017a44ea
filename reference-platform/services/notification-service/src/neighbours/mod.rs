//! The service that this one asks.

mod users;

pub use users::Users;

//! PostgreSQL, the truth about accounts, sessions and keys, and Redis, which remembers what was revoked.
//!
//! Order of locks: whoever changes something of an account locks its row first ([`events::lock`]), so no two transactions wait for each
//! other, and events of an account leave in the order of their numbers.

mod accounts;
mod codes;
mod events;
mod keys;
mod purge;
mod refresh;
mod revocations;
mod sessions;

pub use accounts::{Closed, NewAccount, PasswordChange};
pub use codes::{CodeUse, Exchange};
pub use keys::{KeyState, NewKey, StoredKey};
pub use refresh::{Refresh, RefreshUse};
pub use revocations::{Liveness, Revocations};
pub use sessions::{Opened, Position};

use sqlx::PgPool;

/// All that is kept in PostgreSQL.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// On a pool that may not be connected yet.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

//! PostgreSQL for a service: a pool with limits, migrations, transactions that are tried again, stored answers for repeated
//! requests. It knows no table but `stored_answers`.

pub mod answers;
mod error;
mod migrate;
mod pool;
mod transaction;

pub use error::{Error, Result, violates};
pub use migrate::migrate;
pub use pool::{Settings, ping, pool, timed};
pub use transaction::retry;

//! Redis for a service: caches that do not stampede, locks with fencing tokens, rate limits, publish and subscribe. It knows no
//! value and no key of a service.

mod cache;
mod connection;
mod entry;
mod limit;
mod lock;
mod observed;
pub mod pubsub;

pub use cache::{Cache, Policy};
pub use connection::{Error, Redis, Result, Settings, connect};
pub use limit::{Quota, RateLimiter, WhenDown};
pub use lock::{Held, Lock};
pub use observed::Connection;

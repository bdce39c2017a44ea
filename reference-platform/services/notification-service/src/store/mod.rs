//! PostgreSQL: who was told what, what they want, and which pushes are to be made. Each writing function is one transaction.

mod dead_letters;
mod deliveries;
mod devices;
mod erase;
mod fanout;
mod graph;
mod happen;
mod inbox;
mod preferences;
mod purge;
mod tell;
mod templates;

use std::time::Duration;

use sqlx::PgPool;

use crate::domain::Kind;
use crate::domain::push::Provider;

pub use dead_letters::{DeadLetter, Redelivery};
pub use deliveries::Cause;
pub use devices::{Device, Position as DevicePosition};
pub use inbox::Notification;
pub use preferences::{Preference, Preferences, UserSettings};
pub use purge::Retention;
pub use templates::{Position as TemplatePosition, TemplateRow};

/// Under which name the events that were applied are noted.
const CONSUMER: &str = "notification-service";

/// The database of the service. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
    rules: Rules,
}

/// What decides about new notifications.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Providers that are switched on: pushes for others are not made.
    pub providers: Vec<Provider>,
    /// For how long the same is not told again.
    pub dedupe_window: Duration,
}

impl Store {
    /// A store on a pool.
    pub fn new(pool: PgPool, rules: Rules) -> Self {
        Self { pool, rules }
    }
}

/// The kind of a column, whose numbers are checked. Should a newer version have stored another one, it is taken for the last known.
fn kind(number: i16) -> Kind {
    Kind::from_number(number.into()).unwrap_or(Kind::Live)
}

/// As [`kind`], for providers.
fn provider(number: i16) -> Provider {
    Provider::from_number(number.into()).unwrap_or(Provider::WebPush)
}

//! Pushes: the providers that are switched on, each left alone while it fails, and the work that makes pushes.

mod apns;
mod attempt;
mod fcm;
mod web_push;
mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::breaker::{Breaker, Leave};
use crate::domain::push::{Outcome, Provider, Push, PushProvider};

pub use apns::Apns;
pub use attempt::client;
pub use fcm::Fcm;
pub use web_push::WebPush;
pub use worker::{Policy, Worker};

/// A provider with its breaker. Clones are the same.
#[derive(Clone)]
pub struct Route {
    pub provider: Provider,
    pushes: Arc<dyn PushProvider>,
    breaker: Arc<Mutex<Breaker>>,
}

impl Route {
    /// A provider that is left alone for a pause after so many failures in a row.
    pub fn new(provider: Provider, pushes: Arc<dyn PushProvider>, most_failures: u32, pause: Duration) -> Self {
        metrics::gauge!("push_breaker_open", "provider" => provider.name()).set(0.0);
        Self { provider, pushes, breaker: Arc::new(Mutex::new(Breaker::new(most_failures, pause))) }
    }

    /// How many attempts may be made now.
    pub fn leave(&self) -> Leave {
        self.breaker().leave(Instant::now())
    }

    /// One attempt, whatever the breaker says.
    pub async fn push(&self, push: &Push) -> Outcome {
        let start = Instant::now();
        let outcome = self.pushes.push(push).await;
        let provider = self.provider.name();
        metrics::counter!("push_attempts_total", "provider" => provider, "outcome" => outcome.name()).increment(1);
        metrics::histogram!("push_attempt_duration_seconds", "provider" => provider).record(start.elapsed());
        let mut breaker = self.breaker();
        let was_open = breaker.is_open();
        breaker.tell(outcome.provider_works(), Instant::now());
        if breaker.is_open() != was_open {
            tracing::warn!(provider, open = breaker.is_open(), "the breaker changed");
            metrics::gauge!("push_breaker_open", "provider" => provider).set(f64::from(breaker.is_open()));
        }
        outcome
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

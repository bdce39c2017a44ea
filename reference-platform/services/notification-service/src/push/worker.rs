//! Makes the pushes of one provider. Each provider has its own worker, so that one that is slow or down holds up no other.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use social_cache::RateLimiter;
use social_database::Result;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Route;
use crate::domain::breaker::Leave;
use crate::domain::push::{Due, Outcome, Verdict, pause};
use crate::store::{Cause, Store};

/// When pushes are tried again, and when they are given up.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub attempts: i32,
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// Pushes that are made at the same time.
    pub concurrency: u32,
    /// How long a worker has what it took: longer than all of it takes.
    pub lease: Duration,
    /// How often is looked for what is due.
    pub poll: Duration,
}

/// Makes pushes until it is stopped. Each replica has one for each provider.
pub struct Worker {
    store: Store,
    route: Route,
    limit: RateLimiter,
    policy: Policy,
}

impl Worker {
    /// A worker of a provider. `limit` is by recipient.
    pub fn new(store: Store, route: Route, limit: RateLimiter, policy: Policy) -> Self {
        Self { store, route, limit, policy }
    }

    /// Runs until the token is cancelled; what is in hand ends before, or comes again when its lease ends.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let wait = match self.route.leave() {
                Leave::All => self.round(self.policy.concurrency, &stop).await,
                Leave::One => self.round(1, &stop).await,
                Leave::NoneUntil(until) => until.saturating_duration_since(Instant::now()).min(self.policy.poll),
            };
            let jittered = wait.mul_f64(rand::random_range(0.75..1.0));
            stop.run_until_cancelled(tokio::time::sleep(jittered)).await;
        }
    }

    /// Makes what is due, at most so many, at the same time. Gives how long to wait before the next round.
    async fn round(&self, limit: u32, stop: &CancellationToken) -> Duration {
        let lease_id = Uuid::now_v7();
        let taken = self.store.take_deliveries(self.route.provider, limit.into(), lease_id, self.policy.lease);
        let due = match stop.run_until_cancelled(taken).await {
            None => return Duration::ZERO,
            Some(Ok(due)) => due,
            Some(Err(error)) => {
                tracing::warn!(%error, provider = self.route.provider.name(), "pushes could not be taken");
                return self.policy.poll;
            }
        };
        let count = due.len();
        stream::iter(due)
            .for_each_concurrent(limit as usize, |due| async move {
                if let Err(error) = self.deliver(&due, lease_id).await {
                    // Its lease ends, and it is made again.
                    tracing::warn!(%error, delivery_id = %due.push.delivery_id, "the end of a push could not be stored");
                }
            })
            .await;
        if count == limit as usize { Duration::ZERO } else { self.policy.poll }
    }

    async fn deliver(&self, due: &Due, lease_id: Uuid) -> Result<()> {
        match due.verdict(OffsetDateTime::now_utc()) {
            Verdict::Push => {}
            Verdict::Wait(until) => {
                return self.store.postpone_delivery(due.push.delivery_id, lease_id, until, 0).await;
            }
            Verdict::Drop(why) => return self.drop(due, lease_id, why).await,
            Verdict::TooLate => return self.expire(due, lease_id).await,
        }
        // An attempt that is made again was counted before.
        let limited = due.attempt_count == 0 && self.limit.check(&due.recipient_id.to_string()).await.is_err();
        if limited {
            return self.drop(due, lease_id, "limited").await;
        }
        let outcome = self.route.push(&due.push).await;
        self.settle(due, lease_id, outcome).await
    }

    /// Stores what became of an attempt.
    async fn settle(&self, due: &Due, lease_id: Uuid, outcome: Outcome) -> Result<()> {
        let delivery_id = due.push.delivery_id;
        match outcome {
            Outcome::Delivered => self.store.finish_delivery(delivery_id, lease_id).await,
            Outcome::Gone => {
                self.store.delete_gone_device(due.recipient_id, due.device_id, &due.push.token).await?;
                // Where the device has another token by now, this push is not for it: the user opens the application just now.
                self.store.finish_delivery(delivery_id, lease_id).await
            }
            Outcome::Refused(reason) => {
                let reason = self.reason(&reason);
                self.store.bury_delivery(delivery_id, lease_id, 1, Cause::Refused, &reason).await
            }
            Outcome::Failed { reason, retry_after } => {
                let attempts = due.attempt_count.saturating_add(1);
                if attempts >= self.policy.attempts {
                    let reason = self.reason(&reason);
                    return self.store.bury_delivery(delivery_id, lease_id, 1, Cause::Exhausted, &reason).await;
                }
                let Policy { first_pause, longest_pause, .. } = self.policy;
                let wait = pause(first_pause, longest_pause, attempts, rand::random(), retry_after);
                self.store.postpone_delivery(delivery_id, lease_id, OffsetDateTime::now_utc() + wait, 1).await
            }
        }
    }

    /// Nobody wants to know it any more: whether that is a failure depends on whether it was tried.
    async fn expire(&self, due: &Due, lease_id: Uuid) -> Result<()> {
        if due.attempt_count == 0 {
            return self.drop(due, lease_id, "expired").await;
        }
        let reason = self.reason("could not be reached before the push expired");
        self.store.bury_delivery(due.push.delivery_id, lease_id, 0, Cause::Exhausted, &reason).await
    }

    async fn drop(&self, due: &Due, lease_id: Uuid, why: &'static str) -> Result<()> {
        let provider = self.route.provider.name();
        metrics::counter!("push_dropped_total", "provider" => provider, "why" => why).increment(1);
        self.store.finish_delivery(due.push.delivery_id, lease_id).await
    }

    fn reason(&self, what: &str) -> String {
        format!("{} {what}", self.route.provider.name())
    }
}

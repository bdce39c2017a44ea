//! How often something may be done, counted for all replicas together.

use std::time::Duration;

use crate::{Error, Redis, Result};

/// GCRA: one number per key, the time at which the quota is whole again. Gives the microseconds to wait, 0 when it is allowed.
/// The time is that of Redis, so the clocks of the replicas do not matter.
const CHECK: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + interval
local wait = whole - interval * burst - now
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return 0";

/// How often: `burst` at once, then `refill` in each `per`.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Allowed at once after a time without any. At least 1.
    pub burst: u32,
    /// How many come back in `per`. At least 1.
    pub refill: u32,
    /// The time in which `refill` come back.
    pub per: Duration,
}

/// What is answered while Redis is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenDown {
    /// Everything is allowed: the limit protects from load.
    Allow,
    /// Nothing is allowed, UNAVAILABLE: the limit protects from guessing.
    Refuse,
}

/// A limit by name, with a quota for each key.
#[derive(Clone)]
pub struct RateLimiter {
    redis: Redis,
    name: &'static str,
    quota: Quota,
    when_down: WhenDown,
}

impl RateLimiter {
    /// `name` is the label of the metric and stands before the keys.
    pub fn new(redis: &Redis, name: &'static str, quota: Quota, when_down: WhenDown) -> Self {
        RateLimiter { redis: redis.clone(), name, quota, when_down }
    }

    /// Counts one for `key`. Keys lie in Redis: hash what is personal.
    ///
    /// # Errors
    /// [`Error::Limited`] with the time to wait; a refused one is not counted. Without Redis what [`WhenDown`] says.
    pub async fn check(&self, key: &str) -> Result<()> {
        let interval = self.quota.per / self.quota.refill.max(1);
        let answer: redis::RedisResult<u64> = redis::Script::new(CHECK)
            .key(self.redis.key(&format!("limit:{}:{key}", self.name)))
            .arg(u64::try_from(interval.as_micros()).unwrap_or(u64::MAX).max(1))
            .arg(self.quota.burst.max(1))
            .invoke_async(&mut self.redis.connection())
            .await;
        match answer {
            Ok(0) => {
                self.count("allowed");
                Ok(())
            }
            Ok(micros) => {
                self.count("limited");
                Err(Error::Limited { retry_after: Duration::from_micros(micros) })
            }
            Err(error) => {
                self.count("error");
                tracing::warn!(limit = self.name, %error, when_down = ?self.when_down, "rate limit without Redis");
                match self.when_down {
                    WhenDown::Allow => Ok(()),
                    WhenDown::Refuse => Err(error.into()),
                }
            }
        }
    }

    fn count(&self, result: &'static str) {
        metrics::counter!("rate_limit_requests_total", "limit" => self.name, "result" => result).increment(1);
    }
}

//! Locks among processes, with fencing tokens.
//!
//! A lock in Redis expires, so its holder may lose it without noticing (a pause of the process, a lost network). The lock therefore
//! only keeps work from being done twice in vain; that nothing is done wrongly is the task of the token: it grows with each
//! holder, the store keeps the greatest that it has seen and refuses smaller ones.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::connection::millis;
use crate::observed::Connection;
use crate::{Error, Redis, Result};

/// Takes the lock if it is free. The token is greater than the one before and than any given in an earlier life of Redis, should
/// it have lost its data: it is never below the time in milliseconds.
const ACQUIRE: &str = r"
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, now)
redis.call('SET', KEYS[2], string.format('%.0f', token))
return token";

const RENEW: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

const RELEASE: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// A lock by name, which one process at a time holds.
#[derive(Clone)]
pub struct Lock {
    redis: Redis,
    key: String,
    token_key: String,
    ttl: Duration,
}

impl Lock {
    /// A lock that expires after `ttl` unless its holder renews it: the longest that others wait for a holder that died.
    pub fn new(redis: &Redis, name: &str, ttl: Duration) -> Self {
        let key = redis.key(&format!("lock:{name}"));
        Lock { redis: redis.clone(), token_key: format!("{key}:token"), key, ttl }
    }

    /// Takes the lock; `None` when somebody else holds it.
    pub async fn try_acquire(&self) -> Result<Option<Held>> {
        let owner = Uuid::new_v4().to_string();
        let asked = Instant::now();
        let token: u64 = redis::Script::new(ACQUIRE)
            .key(&self.key)
            .key(&self.token_key)
            .arg(&owner)
            .arg(millis(self.ttl))
            .invoke_async(&mut self.redis.connection())
            .await?;
        let expires = asked + self.ttl;
        let held =
            Held { connection: self.redis.connection(), key: self.key.clone(), owner, token, ttl: self.ttl, expires };
        Ok((token > 0).then_some(held))
    }

    /// Runs `work` with the fencing token while the lock is held, and renews it meanwhile. `None` when somebody else holds it.
    ///
    /// # Errors
    /// [`Error::LockLost`] when the lock is lost before `work` ends, which then is dropped where it waits.
    pub async fn run<T, Work: Future<Output = T>>(&self, work: impl FnOnce(u64) -> Work) -> Result<Option<T>> {
        let Some(mut held) = self.try_acquire().await? else { return Ok(None) };
        let done = tokio::select! {
            done = work(held.token()) => done,
            lost = held.keep() => return Err(lost),
        };
        if let Err(error) = held.release().await {
            tracing::debug!(%error, "lock is left to expire");
        }
        Ok(Some(done))
    }
}

/// A lock that is held until it is released or expires. Dropping it leaves it to expire.
pub struct Held {
    connection: Connection,
    key: String,
    owner: String,
    token: u64,
    ttl: Duration,
    expires: Instant,
}

impl Held {
    /// The fencing token, greater than those of all earlier holders. It fits into a `BIGINT`.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// Holds the lock for its whole time from now on.
    ///
    /// # Errors
    /// [`Error::LockLost`] when it is not held any more; otherwise Redis does not answer, and whether it is held is not known.
    pub async fn renew(&mut self) -> Result<()> {
        let asked = Instant::now();
        let renewed: bool = redis::Script::new(RENEW)
            .key(&self.key)
            .arg(&self.owner)
            .arg(millis(self.ttl))
            .invoke_async(&mut self.connection)
            .await?;
        if !renewed {
            return Err(Error::LockLost);
        }
        self.expires = asked + self.ttl;
        Ok(())
    }

    /// Gives the lock back. One that is not held any more is left to whoever has it.
    pub async fn release(mut self) -> Result<()> {
        let script = redis::Script::new(RELEASE);
        Ok(script.key(&self.key).arg(&self.owner).invoke_async(&mut self.connection).await?)
    }

    /// Renews the lock again and again; ends when it is lost, or may be.
    async fn keep(&mut self) -> Error {
        loop {
            tokio::time::sleep(self.ttl / 3).await;
            match self.renew().await {
                Ok(()) => {}
                Err(Error::Redis(_)) if Instant::now() + self.ttl / 3 < self.expires => {}
                Err(_) => return Error::LockLost,
            }
        }
    }
}

//! Who watches now: a sorted set in Redis for each stream, of viewers by the time at which they were last heard of.

use std::time::Duration;

use redis::Script;
use social_cache::{Redis, Result};
use uuid::Uuid;

/// Who was not heard of for so long is gone.
const PRESENCE: Duration = Duration::from_secs(30);

/// Notes a viewer, forgets those who are gone, counts the others. The time is that of Redis.
const PUT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])";

/// The sets of all streams.
#[derive(Clone)]
pub struct Viewers {
    redis: Redis,
}

impl Viewers {
    /// In this Redis.
    pub fn new(redis: &Redis) -> Self {
        Viewers { redis: redis.clone() }
    }

    /// Somebody watches. Gives how many do.
    pub async fn put(&self, stream_id: Uuid, viewer_id: Uuid) -> Result<i64> {
        let count = Script::new(PUT)
            .key(self.key(stream_id))
            .arg(viewer_id.as_bytes())
            .arg(PRESENCE.as_millis() as u64)
            .invoke_async(&mut self.redis.connection())
            .await?;
        Ok(count)
    }

    /// How many watch each of these streams.
    pub async fn count(&self, stream_ids: &[Uuid]) -> Result<Vec<i64>> {
        let mut connection = self.redis.connection();
        let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(&mut connection).await?;
        let gone = (seconds * 1000 + micros / 1000).saturating_sub(PRESENCE.as_millis() as u64);
        let mut pipeline = redis::pipe();
        for stream_id in stream_ids {
            pipeline.zcount(self.key(*stream_id), format!("({gone}"), "+inf");
        }
        Ok(pipeline.query_async(&mut connection).await?)
    }

    fn key(&self, stream_id: Uuid) -> String {
        self.redis.key(&format!("streaming:viewers:{stream_id}"))
    }
}

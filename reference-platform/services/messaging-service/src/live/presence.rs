//! Who is there, in Redis: for each user the sessions with the time until which they count, renewed by heartbeats, and when one was
//! last seen. A replica that crashes renews nothing.

use redis::{Pipeline, Script};
use social_cache::{Redis, Result};
use time::OffsetDateTime;
use uuid::Uuid;

/// How long a session counts without a heartbeat.
const TTL_MILLIS: i64 = 30_000;
/// How long it is remembered when somebody was last seen: 90 days.
const SEEN_MILLIS: i64 = 90 * 24 * 3600 * 1000;

/// KEYS: sessions, last seen. ARGV: session, time to live, memory. Gives how many other sessions there were.
const BEAT: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    local count = redis.call('ZCARD', KEYS[1])
    redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    redis.call('SET', KEYS[2], now, 'PX', ARGV[3])
    return count";

/// KEYS and ARGV as above. Gives how many sessions are left, and the time.
const LEAVE: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZREM', KEYS[1], ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    redis.call('SET', KEYS[2], now, 'PX', ARGV[3])
    return {redis.call('ZCARD', KEYS[1]), now}";

/// The presence of a user.
pub struct Seen {
    pub online: bool,
    /// `None` if it was too long ago, or never.
    pub last_seen_time: Option<OffsetDateTime>,
}

/// Presences of all users.
#[derive(Clone)]
pub struct Presences {
    redis: Redis,
    beat: Script,
    leave: Script,
}

impl Presences {
    /// On a connection.
    pub fn new(redis: Redis) -> Self {
        Presences { redis, beat: Script::new(BEAT), leave: Script::new(LEAVE) }
    }

    /// A session lives. Whether the user has just come.
    pub async fn beat(&self, user_id: Uuid, session_id: Uuid) -> Result<bool> {
        let mut call = self.beat.key(self.sessions(user_id));
        call.key(self.seen(user_id)).arg(session_id.to_string()).arg(TTL_MILLIS).arg(SEEN_MILLIS);
        let sessions: i64 = call.invoke_async(&mut self.redis.connection()).await?;
        Ok(sessions == 0)
    }

    /// A session has ended. The time, if it was the last one of the user.
    pub async fn leave(&self, user_id: Uuid, session_id: Uuid) -> Result<Option<OffsetDateTime>> {
        let mut call = self.leave.key(self.sessions(user_id));
        call.key(self.seen(user_id)).arg(session_id.to_string()).arg(TTL_MILLIS).arg(SEEN_MILLIS);
        let (sessions, millis): (i64, i64) = call.invoke_async(&mut self.redis.connection()).await?;
        Ok(if sessions == 0 { time(millis) } else { None })
    }

    /// The presences of users, in their order, in one round trip.
    pub async fn of(&self, user_ids: &[Uuid]) -> Result<Vec<Seen>> {
        if user_ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::new();
        for user_id in user_ids {
            pipeline.exists(self.sessions(*user_id)).get(self.seen(*user_id));
        }
        let found: Vec<Option<i64>> = pipeline.query_async(&mut self.redis.connection()).await?;
        let pairs = found.chunks_exact(2);
        Ok(pairs.map(|pair| Seen { online: pair[0] == Some(1), last_seen_time: pair[1].and_then(time) }).collect())
    }

    fn sessions(&self, user_id: Uuid) -> String {
        self.redis.key(&format!("messaging:sessions:{user_id}"))
    }

    fn seen(&self, user_id: Uuid) -> String {
        self.redis.key(&format!("messaging:seen:{user_id}"))
    }
}

fn time(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

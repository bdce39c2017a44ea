//! What is known of events: which were applied, and where they wait.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;
use social_cache::Result;
use uuid::Uuid;

use super::{Store, script};
use crate::domain::Micros;

/// For how long it is remembered which event of a post was the last one: longer than the topic keeps events.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// After this without another attempt it is not believed any more that an event waits.
const WAITING: Duration = Duration::from_secs(120);

static SETTLE: LazyLock<Script> = LazyLock::new(|| script(include_str!("settle.lua")));
static APPLIED: LazyLock<Script> = LazyLock::new(|| script(include_str!("applied.lua")));

/// The last event of a post that was applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PostState {
    /// Its sequence; 0 before the first.
    pub sequence: i64,
    /// Whether the post is in feeds, if that is known.
    pub shown: Option<bool>,
}

impl Store {
    /// What was applied to a post.
    pub async fn post(&self, post_id: Uuid) -> Result<PostState> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.redis.key(&format!("feed:post:{post_id}"))).arg("sequence").arg("shown");
        let (sequence, shown): (Option<i64>, Option<bool>) = command.query_async(&mut self.redis.connection()).await?;
        Ok(PostState { sequence: sequence.unwrap_or_default(), shown })
    }

    /// An event of a post was applied, and the post is in feeds or not, if the event says so.
    pub async fn settle(&self, post_id: Uuid, sequence: i64, shown: Option<bool>) -> Result<()> {
        let shown = shown.map_or("", |shown| if shown { "1" } else { "0" });
        let lifetime = u64::try_from(REMEMBERED.as_millis()).unwrap_or(u64::MAX);
        let mut call = SETTLE.key(self.redis.key(&format!("feed:post:{post_id}")));
        let _: i64 = call.arg(sequence).arg(shown).arg(lifetime).invoke_async(&mut self.redis.connection()).await?;
        Ok(())
    }

    /// The event that happened at `time` was applied. `place` is its topic and partition.
    pub async fn applied(&self, place: &str, time: Micros) -> Result<()> {
        let mut call = APPLIED.key(self.redis.key("feed:fresh"));
        call.key(self.redis.key("feed:waiting")).arg(time).arg(place);
        let _: i64 = call.invoke_async(&mut self.redis.connection()).await?;
        Ok(())
    }

    /// The event that happened at `time` cannot be applied now, nor those behind it.
    pub async fn waits(&self, place: &str, time: Micros) -> Result<()> {
        let key = self.redis.key("feed:waiting");
        let mut pipe = redis::pipe();
        pipe.cmd("HSET").arg(&key).arg(place).arg(time).ignore();
        pipe.cmd("EXPIRE").arg(&key).arg(WAITING.as_secs()).ignore();
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }
}

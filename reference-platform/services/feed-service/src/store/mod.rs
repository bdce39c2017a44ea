//! Feeds in Redis. What belongs to a feed is there only as long as the feed itself; all changes of it are idempotent.
//!
//! | key | what |
//! |---|---|
//! | `feed:reader:<id>` | hash: the feed itself; `built`: when |
//! | `feed:reader:<id>:entries` | sorted set: posts by time |
//! | `feed:reader:<id>:following` | sorted set: authors by when following began; negative: when it ended |
//! | `feed:reader:<id>:interactions` | sorted set: posts of others by when the reader first did something with them |
//! | `feed:author:<id>` | sorted set: the newest posts of a very followed author |
//! | `feed:author:<id>:loaded` | older posts of the author are in it, too |
//! | `feed:popular` | sorted set: very followed authors by when they were last seen to be |
//! | `feed:post:<id>` | hash: the last event of a post that was applied |
//! | `feed:fresh`, `feed:waiting` | how far events were applied, and where they wait |

mod authors;
mod events;
mod feeds;

use std::time::Duration;

use redis::Script;
use social_cache::Redis;
use uuid::Uuid;

use crate::domain::{Entry, Micros};

/// Feeds that are changed in one round trip.
pub const BATCH: usize = 100;

/// Feeds in Redis. Clones are the same.
#[derive(Clone)]
pub struct Store {
    redis: Redis,
    feed_length: u32,
    feed_ttl_seconds: u64,
}

impl Store {
    /// Feeds hold at most so many posts, and are forgotten when nobody has read them for so long.
    pub fn new(redis: Redis, feed_length: u32, feed_ttl: Duration) -> Self {
        Store { redis, feed_length, feed_ttl_seconds: feed_ttl.as_secs().max(1) }
    }

    fn feed(&self, reader_id: Uuid) -> FeedKeys {
        let feed = self.redis.key(&format!("feed:reader:{reader_id}"));
        FeedKeys {
            entries: format!("{feed}:entries"),
            following: format!("{feed}:following"),
            interactions: format!("{feed}:interactions"),
            feed,
        }
    }

    fn author(&self, author_id: Uuid) -> String {
        self.redis.key(&format!("feed:author:{author_id}"))
    }

    fn loaded(&self, author_id: Uuid) -> String {
        self.redis.key(&format!("feed:author:{author_id}:loaded"))
    }

    fn popular(&self) -> String {
        self.redis.key("feed:popular")
    }
}

/// The keys of one feed.
struct FeedKeys {
    feed: String,
    entries: String,
    following: String,
    interactions: String,
}

/// The scripts of this folder.
fn script(code: &str) -> Script {
    Script::new(code)
}

/// A post and its author as a member of a set: two times 16 bytes.
fn member(entry: &Entry) -> Vec<u8> {
    [*entry.post_id.as_bytes(), *entry.author_id.as_bytes()].concat()
}

/// What [`member`] has made; nothing else is in the sets.
fn entry(member: &[u8], time: f64) -> Option<Entry> {
    let (post_id, author_id) = member.split_at_checked(16)?;
    Some(Entry {
        post_id: Uuid::from_slice(post_id).ok()?,
        author_id: Uuid::from_slice(author_id).ok()?,
        time: time as Micros,
    })
}

fn entries(members: Vec<(Vec<u8>, f64)>) -> Vec<Entry> {
    members.iter().filter_map(|(member, time)| entry(member, *time)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back() {
        let before = Entry { post_id: Uuid::now_v7(), author_id: Uuid::now_v7(), time: 1_800_000_000_123_457 };
        assert_eq!(entry(&member(&before), before.time as f64), Some(before));
        assert_eq!(entry(b"short", 1.0), None);
        assert_eq!(entry(&[0; 31], 1.0), None);
    }
}

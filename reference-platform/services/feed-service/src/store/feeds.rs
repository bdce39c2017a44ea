//! The feeds of readers.

use std::sync::LazyLock;

use redis::Script;
use social_cache::Result;
use uuid::Uuid;

use super::{BATCH, FeedKeys, Store, entries, member, script};
use crate::domain::{Entry, Micros, Snapshot};

/// Posts of others that are remembered because the reader did something with them.
const INTERACTIONS: i64 = 200;
/// Very followed accounts whose posts are added to one feed, those that were followed last.
const POPULAR: usize = 100;

static ADD: LazyLock<Script> = LazyLock::new(|| script(include_str!("add.lua")));
static FOLLOW: LazyLock<Script> = LazyLock::new(|| script(include_str!("follow.lua")));
static UNFOLLOW: LazyLock<Script> = LazyLock::new(|| script(include_str!("unfollow.lua")));

impl Store {
    /// What is known of a feed. It stays for another `FEED_TTL`.
    pub async fn snapshot(&self, reader_id: Uuid) -> Result<Snapshot> {
        let FeedKeys { feed, entries: posts, following, interactions } = self.feed(reader_id);
        let mut pipe = redis::pipe();
        for key in [&feed, &posts, &following, &interactions] {
            pipe.cmd("EXPIRE").arg(key).arg(self.feed_ttl_seconds).ignore();
        }
        pipe.cmd("HGET").arg(&feed).arg("built");
        pipe.cmd("ZREVRANGE").arg(&posts).arg(0).arg(-1).arg("WITHSCORES");
        pipe.cmd("ZRANGE").arg(&interactions).arg(0).arg(-1).arg("WITHSCORES");
        pipe.cmd("ZINTER").arg(2).arg(&following).arg(self.popular()).arg("WEIGHTS").arg(1).arg(0).arg("WITHSCORES");
        pipe.cmd("GET").arg(self.redis.key("feed:fresh"));
        pipe.cmd("HVALS").arg(self.redis.key("feed:waiting"));
        #[allow(clippy::type_complexity, reason = "one answer for each command above")]
        let (built, written, done, followed, fresh_until, waiting): (
            Option<Micros>,
            Vec<(Vec<u8>, f64)>,
            Vec<(Vec<u8>, f64)>,
            Vec<(Vec<u8>, f64)>,
            Option<Micros>,
            Vec<Micros>,
        ) = pipe.query_async(&mut self.redis.connection()).await?;
        // From the lowest score: those whom the reader does not follow any more come first.
        let followed = followed.iter().rev().take_while(|(_, since)| *since > 0.0).take(POPULAR);
        Ok(Snapshot {
            built,
            entries: entries(written),
            interactions: entries(done),
            popular: followed.filter_map(|(author, _)| Uuid::from_slice(author).ok()).collect(),
            fresh_until,
            waiting_since: waiting.into_iter().min(),
        })
    }

    /// From now on the feed takes what comes, though it is not built yet.
    pub async fn begin(&self, reader_id: Uuid, at: Micros) -> Result<()> {
        let feed = self.feed(reader_id).feed;
        let mut pipe = redis::pipe();
        pipe.atomic().cmd("HSET").arg(&feed).arg("begun").arg(at).ignore();
        pipe.cmd("EXPIRE").arg(&feed).arg(self.feed_ttl_seconds).ignore();
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }

    /// The feed is built.
    pub async fn finish(&self, reader_id: Uuid, at: Micros) -> Result<()> {
        let feed = self.feed(reader_id).feed;
        let mut pipe = redis::pipe();
        pipe.atomic().cmd("HSET").arg(&feed).arg("built").arg(at).ignore();
        pipe.cmd("EXPIRE").arg(&feed).arg(self.feed_ttl_seconds).ignore();
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }

    /// Writes a post into feeds. At most [`BATCH`] readers.
    pub async fn add(&self, reader_ids: &[Uuid], post: &Entry) -> Result<()> {
        let mut pipe = redis::pipe();
        pipe.load_script(&ADD).ignore();
        for reader_id in reader_ids {
            let keys = self.feed(*reader_id);
            let mut call = ADD.key(keys.feed);
            call.key(keys.following).key(keys.entries).arg(self.feed_length).arg(member(post)).arg(post.time);
            pipe.invoke_script(&call).ignore();
        }
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }

    /// Takes a post out of feeds. At most [`BATCH`] readers.
    pub async fn remove(&self, reader_ids: &[Uuid], post: &Entry) -> Result<()> {
        let mut pipe = redis::pipe();
        for reader_id in reader_ids {
            pipe.cmd("ZREM").arg(self.feed(*reader_id).entries).arg(member(post)).ignore();
        }
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }

    /// Writes posts into one feed.
    pub async fn add_all(&self, reader_id: Uuid, posts: &[Entry]) -> Result<()> {
        let keys = self.feed(reader_id);
        for posts in posts.chunks(BATCH) {
            let mut call = ADD.key(&keys.feed);
            call.key(&keys.following).key(&keys.entries).arg(self.feed_length);
            for post in posts {
                call.arg(member(post)).arg(post.time);
            }
            let _: i64 = call.invoke_async(&mut self.redis.connection()).await?;
        }
        Ok(())
    }

    /// Takes posts out of one feed.
    pub async fn remove_all(&self, reader_id: Uuid, posts: &[Entry]) -> Result<()> {
        let key = self.feed(reader_id).entries;
        for posts in posts.chunks(BATCH) {
            let members: Vec<Vec<u8>> = posts.iter().map(member).collect();
            redis::cmd("ZREM").arg(&key).arg(members).exec_async(&mut self.redis.connection()).await?;
        }
        Ok(())
    }

    /// The reader follows these authors since then. False if none of it holds: there is no feed, or something later is known.
    pub async fn follow(&self, reader_id: Uuid, authors: &[(Uuid, Micros)]) -> Result<bool> {
        let keys = self.feed(reader_id);
        let mut followed = 0;
        for authors in authors.chunks(BATCH) {
            let mut call = FOLLOW.key(&keys.feed);
            call.key(&keys.following);
            for (author_id, since) in authors {
                call.arg(author_id.as_bytes()).arg(since);
            }
            followed += call.invoke_async::<i64>(&mut self.redis.connection()).await?;
        }
        Ok(followed > 0)
    }

    /// The reader has ended following an author at that time: the author's posts go.
    pub async fn unfollow(&self, reader_id: Uuid, author_id: Uuid, at: Micros) -> Result<()> {
        let keys = self.feed(reader_id);
        let mut call = UNFOLLOW.key(keys.feed);
        call.key(keys.following).key(keys.entries).arg(author_id.as_bytes()).arg(at);
        let _: i64 = call.invoke_async(&mut self.redis.connection()).await?;
        Ok(())
    }

    /// Whom the reader follows as far as this feed knows, and since when.
    pub async fn following(&self, reader_id: Uuid) -> Result<Vec<(Uuid, Micros)>> {
        let key = self.feed(reader_id).following;
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command.arg(key).arg("(0").arg("+inf").arg("WITHSCORES");
        let members: Vec<(Vec<u8>, f64)> = command.query_async(&mut self.redis.connection()).await?;
        let known = members.iter().filter_map(|(id, since)| Some((Uuid::from_slice(id).ok()?, *since as Micros)));
        Ok(known.collect())
    }

    /// The reader did something with a post. The first time counts, so that a later one does not change what was ranked before.
    pub async fn interacted(&self, reader_id: Uuid, interaction: &Entry) -> Result<()> {
        let key = self.feed(reader_id).interactions;
        let mut pipe = redis::pipe();
        pipe.cmd("ZADD").arg(&key).arg("NX").arg(interaction.time).arg(member(interaction)).ignore();
        pipe.cmd("ZREMRANGEBYRANK").arg(&key).arg(0).arg(-1 - INTERACTIONS).ignore();
        pipe.cmd("EXPIRE").arg(&key).arg(self.feed_ttl_seconds).ignore();
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }

    /// The reader has taken it back.
    pub async fn not_interacted(&self, reader_id: Uuid, interaction: &Entry) -> Result<()> {
        let key = self.feed(reader_id).interactions;
        Ok(redis::cmd("ZREM").arg(key).arg(member(interaction)).exec_async(&mut self.redis.connection()).await?)
    }
}

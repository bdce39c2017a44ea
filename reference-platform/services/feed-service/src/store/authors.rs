//! Posts of very followed authors, which are not written into feeds.

use std::time::Duration;

use social_cache::Result;
use uuid::Uuid;

use super::Store;
use crate::domain::{Entry, Micros};

/// Posts that are kept of an author.
const KEPT: i64 = 100;
/// Of them, posts that are added to a feed.
const SHOWN: i64 = 20;
/// An author who was not very followed for so long is none any more, and the posts are forgotten.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often the posts of an author are read again from content-service, in case that an event was missed.
const LOADED_FOR: Duration = Duration::from_secs(3600);

/// What is known of a very followed author.
pub struct AuthorPosts {
    /// Who it is.
    pub author_id: Uuid,
    /// The newest posts.
    pub posts: Vec<Entry>,
    /// Whether nothing older is missing.
    pub loaded: bool,
}

impl Store {
    /// These authors are very followed.
    pub async fn mark_popular(&self, author_ids: &[Uuid], at: Micros) -> Result<()> {
        if author_ids.is_empty() {
            return Ok(());
        }
        let kept_for = i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
        let mut pipe = redis::pipe();
        let mut add = redis::cmd("ZADD");
        add.arg(self.popular()).arg("GT");
        for author_id in author_ids {
            add.arg(at).arg(author_id.as_bytes());
        }
        pipe.add_command(add).ignore();
        pipe.cmd("ZREMRANGEBYSCORE").arg(self.popular()).arg("-inf").arg(at.saturating_sub(kept_for)).ignore();
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }

    /// Adds a post of a very followed author.
    pub async fn add_to_author(&self, post: &Entry) -> Result<()> {
        self.write_author(post.author_id, &[*post], false).await
    }

    /// Adds what content-service knows of a very followed author.
    pub async fn load_author(&self, author_id: Uuid, posts: &[Entry]) -> Result<()> {
        self.write_author(author_id, posts, true).await
    }

    async fn write_author(&self, author_id: Uuid, posts: &[Entry], loaded: bool) -> Result<()> {
        let key = self.author(author_id);
        let mut pipe = redis::pipe();
        for post in posts {
            pipe.cmd("ZADD").arg(&key).arg(post.time).arg(post.post_id.as_bytes()).ignore();
        }
        pipe.cmd("ZREMRANGEBYRANK").arg(&key).arg(0).arg(-1 - KEPT).ignore();
        pipe.cmd("EXPIRE").arg(&key).arg(KEPT_FOR.as_secs()).ignore();
        if loaded {
            pipe.cmd("SET").arg(self.loaded(author_id)).arg(1).arg("EX").arg(LOADED_FOR.as_secs()).ignore();
        }
        Ok(pipe.exec_async(&mut self.redis.connection()).await?)
    }

    /// A post of an author is not to be shown any more.
    pub async fn remove_from_author(&self, post: &Entry) -> Result<()> {
        let mut command = redis::cmd("ZREM");
        command.arg(self.author(post.author_id)).arg(post.post_id.as_bytes());
        Ok(command.exec_async(&mut self.redis.connection()).await?)
    }

    /// What is known of very followed authors.
    pub async fn author_posts(&self, author_ids: &[Uuid]) -> Result<Vec<AuthorPosts>> {
        if author_ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        for author_id in author_ids {
            pipe.cmd("ZREVRANGE").arg(self.author(*author_id)).arg(0).arg(SHOWN - 1).arg("WITHSCORES");
        }
        let lists: Vec<Vec<(Vec<u8>, f64)>> = pipe.query_async(&mut self.redis.connection()).await?;
        let mut asked = redis::cmd("MGET");
        asked.arg(author_ids.iter().map(|author_id| self.loaded(*author_id)).collect::<Vec<_>>());
        let loaded: Vec<Option<i64>> = asked.query_async(&mut self.redis.connection()).await?;
        let known = author_ids.iter().zip(lists).zip(loaded).map(|((author_id, list), loaded)| {
            let post = |(id, time): (Vec<u8>, f64)| {
                Some(Entry { post_id: Uuid::from_slice(&id).ok()?, author_id: *author_id, time: time as Micros })
            };
            let posts = list.into_iter().filter_map(post).collect();
            AuthorPosts { author_id: *author_id, posts, loaded: loaded.is_some() }
        });
        Ok(known.collect())
    }
}

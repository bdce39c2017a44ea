//! Building a feed from the posts of those whom its reader follows: when it is read for the first time, and for operators.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use social_runtime::{Error, Result};
use uuid::Uuid;

use super::App;
use crate::domain::{Entry, Micros, now};

/// Authors that a feed is built of, those who were followed last. New posts of others come into it all the same.
const AUTHORS: usize = 2_000;
/// Authors whose posts are asked for at the same time.
const CONCURRENCY: usize = 8;
/// A post that is younger when a feed is built may have come into it by its event before content-service was asked. Longer than any
/// transaction there.
const SETTLED: Micros = 60_000_000;

impl App {
    /// Builds the feed of a reader. What comes by events meanwhile comes into it, too. False when user-service does not know the
    /// reader, whose feed is empty then.
    ///
    /// # Errors
    /// UNAVAILABLE when a neighbour does not answer; the feed is not built then, but holds what it held before.
    pub(super) async fn build(&self, reader_id: Uuid) -> Result<bool> {
        // Never closed.
        let _permit = self.builds.acquire().await.map_err(Error::internal)?;
        let begin = now();
        self.store.begin(reader_id, begin).await?;
        let following = self.users.following(reader_id, AUTHORS).await?;
        let known = following.is_some();
        let following = following.unwrap_or_default();
        self.store.follow(reader_id, &following).await?;
        if following.len() < AUTHORS {
            self.forget_others(reader_id, &following, begin).await?;
        }
        let posts = self.latest_of(following.iter().map(|(author_id, _)| *author_id).collect()).await?;
        self.replace(reader_id, &posts, begin - SETTLED).await?;
        self.store.finish(reader_id, now()).await?;
        metrics::counter!("feed_builds_total").increment(1);
        Ok(known)
    }

    /// Ends following of those who are not among the `following`, unless that began after the build.
    async fn forget_others(&self, reader_id: Uuid, following: &[(Uuid, Micros)], begin: Micros) -> Result<()> {
        let following: HashSet<Uuid> = following.iter().map(|(author_id, _)| *author_id).collect();
        for (author_id, since) in self.store.following(reader_id).await? {
            if since < begin && !following.contains(&author_id) {
                self.store.unfollow(reader_id, author_id, since).await?;
            }
        }
        Ok(())
    }

    /// The latest posts of these authors, without those of the very followed, which are noted as such.
    async fn latest_of(&self, mut author_ids: Vec<Uuid>) -> Result<Vec<Entry>> {
        let counts = self.users.follower_counts(&author_ids).await?;
        let popular = |author_id: &Uuid| counts.get(author_id).is_some_and(|count| *count > self.popular_followers);
        let very_followed: Vec<Uuid> = author_ids.extract_if(.., |author_id| popular(author_id)).collect();
        self.store.mark_popular(&very_followed, now()).await?;
        stream::iter(author_ids)
            .map(|author_id| self.posts.latest(author_id))
            .buffer_unordered(CONCURRENCY)
            .try_concat()
            .await
    }

    /// What is older than `settled` and not among `posts` goes.
    async fn replace(&self, reader_id: Uuid, posts: &[Entry], settled: Micros) -> Result<()> {
        let kept: HashSet<Uuid> = posts.iter().map(|post| post.post_id).collect();
        let mut outdated = self.store.snapshot(reader_id).await?.entries;
        outdated.retain(|entry| entry.time < settled && !kept.contains(&entry.post_id));
        self.store.remove_all(reader_id, &outdated).await?;
        Ok(self.store.add_all(reader_id, posts).await?)
    }

    /// Somebody follows an author: the author's latest posts come into the feed, if there is one.
    pub async fn followed(&self, reader_id: Uuid, author_id: Uuid, at: Micros) -> Result<()> {
        if self.store.follow(reader_id, &[(author_id, at)]).await? {
            let posts = self.latest_of(vec![author_id]).await?;
            self.store.add_all(reader_id, &posts).await?;
        }
        Ok(())
    }

    /// Somebody does not follow an author any more: the author's posts go.
    pub async fn unfollowed(&self, reader_id: Uuid, author_id: Uuid, at: Micros) -> Result<()> {
        Ok(self.store.unfollow(reader_id, author_id, at).await?)
    }
}

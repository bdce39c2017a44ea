//! What happens to posts, as feeds see it. Each of these may be done again.

use social_runtime::Result;
use uuid::Uuid;

use super::App;
use crate::domain::{Entry, now};

/// What an event means for feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Followers of the author may see the post.
    Shown,
    /// Nobody but its author may see it, or it is gone.
    Hidden,
    /// A reader did something with it at the time of the entry.
    Interacted(Uuid),
    /// A reader has taken it back.
    NotInteracted(Uuid),
    /// Nothing.
    None,
}

impl App {
    /// Applies an event of a post. One that is not later than the last one changes nothing.
    pub async fn post_changed(&self, post: &Entry, sequence: i64, change: Change) -> Result<()> {
        let state = self.store.post(post.post_id).await?;
        if sequence <= state.sequence {
            return Ok(());
        }
        let shown = match change {
            Change::Shown => Some(true),
            Change::Hidden => Some(false),
            Change::Interacted(_) | Change::NotInteracted(_) | Change::None => None,
        };
        match change {
            // An edit that leaves it where it is.
            _ if shown.is_some() && shown == state.shown => {}
            // One that begins hidden never was in feeds.
            Change::Hidden if sequence == 1 => {}
            Change::Shown => self.show(post).await?,
            Change::Hidden => self.hide(post).await?,
            Change::Interacted(reader_id) if reader_id != post.author_id => {
                self.store.interacted(reader_id, post).await?;
            }
            Change::NotInteracted(reader_id) => self.store.not_interacted(reader_id, post).await?,
            Change::Interacted(_) | Change::None => {}
        }
        Ok(self.store.settle(post.post_id, sequence, shown).await?)
    }

    /// Writes a post into the feeds of all followers, or into the list of its author if they are very many.
    async fn show(&self, post: &Entry) -> Result<()> {
        if self.is_popular(post.author_id).await? {
            self.store.mark_popular(&[post.author_id], now()).await?;
            self.store.add_to_author(post).await?;
            return Ok(());
        }
        let mut page_token = String::new();
        loop {
            let (reader_ids, next) = self.users.followers(post.author_id, page_token).await?;
            self.store.add(&reader_ids, post).await?;
            metrics::counter!("feed_entries_written_total").increment(reader_ids.len() as u64);
            if next.is_empty() {
                return Ok(());
            }
            page_token = next;
        }
    }

    /// Takes a post out of feeds. Where its author is very followed now and was not when it was published, it stays in feeds, and is
    /// filtered when they are read.
    async fn hide(&self, post: &Entry) -> Result<()> {
        self.store.remove_from_author(post).await?;
        if self.is_popular(post.author_id).await? {
            return Ok(());
        }
        let mut page_token = String::new();
        loop {
            let (reader_ids, next) = self.users.followers(post.author_id, page_token).await?;
            self.store.remove(&reader_ids, post).await?;
            if next.is_empty() {
                return Ok(());
            }
            page_token = next;
        }
    }

    async fn is_popular(&self, author_id: Uuid) -> Result<bool> {
        let counts = self.users.follower_counts(&[author_id]).await?;
        Ok(counts.get(&author_id).is_some_and(|count| *count > self.popular_followers))
    }

    /// Everything up to an event was applied at a place: a topic and a partition.
    pub async fn caught_up(&self, place: &str, time: i64) -> Result<()> {
        Ok(self.store.applied(place, time).await?)
    }

    /// An event cannot be applied now, nor those behind it: feeds say that they may lack them.
    pub async fn falls_behind(&self, place: &str, time: i64) -> Result<()> {
        Ok(self.store.waits(place, time).await?)
    }
}

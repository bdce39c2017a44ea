//! A page of a feed.

use std::time::Duration;

use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use social_auth::Caller;
use social_proto::feed::v1::{FeedEntry, FeedOrder, FeedReason, ListFeedRequest, ListFeedResponse};
use social_runtime::page::Query;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result, timestamp};
use uuid::Uuid;

use super::App;
use crate::domain::{Affinity, Entry, Micros, Order, Place, Ranked, Snapshot, now, rank, time};

const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);
/// How often more posts are looked at where the reader may not see them any more; then the page is shorter.
const ROUNDS: usize = 5;
/// Very followed authors whose posts are asked for at the same time.
const CONCURRENCY: usize = 8;

/// Where the next page begins.
#[derive(Serialize, Deserialize)]
struct Cursor {
    latest: bool,
    /// The moment for which the first page was ranked.
    at: Micros,
    score: u64,
    time: Micros,
    post_id: Uuid,
}

/// A request that was checked.
struct Page {
    query: Query,
    order: Order,
    at: Micros,
    after: Option<Place>,
    size: usize,
}

impl App {
    /// A page of the caller's feed. A feed that is not there is built. While a neighbour is away the last known feed is given.
    pub async fn list_feed(&self, caller: &Caller, request: ListFeedRequest) -> Result<ListFeedResponse> {
        let reader_id = caller.account_id()?;
        let page = page(reader_id, &request)?;
        let mut complete = true;
        let mut snapshot = self.store.snapshot(reader_id).await?;
        if snapshot.built.is_none() {
            complete = available(self.build(reader_id).await)?.is_some();
            snapshot = self.store.snapshot(reader_id).await?;
        }
        let (popular, all_loaded) = self.popular(&snapshot.popular).await?;
        complete &= all_loaded;
        let affinity = Affinity::new(&snapshot.interactions, page.at);
        let mut ranked = rank(&snapshot.entries, &popular, &affinity, page.order, page.at);
        if let Some(after) = page.after {
            ranked.retain(|entry| entry.place < after);
        }
        let (entries, last) = match available(self.visible(caller.token(), &ranked, page.size).await)? {
            Some(seen) => seen,
            None => {
                complete = false;
                let unfiltered: Vec<Ranked> = ranked.iter().take(page.size).copied().collect();
                (unfiltered, page.size)
            }
        };
        let next_page_token = match last.checked_sub(1).and_then(|last| ranked.get(last)) {
            Some(Ranked { place, .. }) if last < ranked.len() => page.query.token(&Cursor {
                latest: page.order == Order::Latest,
                at: page.at,
                score: place.score,
                time: place.time,
                post_id: place.post_id,
            }),
            _ => String::new(),
        };
        Ok(ListFeedResponse {
            entries: entries.iter().map(feed_entry).collect(),
            next_page_token,
            stale_since: stale_since(&snapshot, complete).map(|micros| timestamp::to_proto(time(micros))),
        })
    }

    /// Posts of very followed authors, and whether nothing is missing.
    async fn popular(&self, author_ids: &[Uuid]) -> Result<(Vec<Entry>, bool)> {
        let mut posts = Vec::new();
        let mut missing = Vec::new();
        for author in self.store.author_posts(author_ids).await? {
            posts.extend(author.posts);
            if !author.loaded {
                missing.push(author.author_id);
            }
        }
        let loads = stream::iter(missing).map(|author_id| self.load_author(author_id)).buffer_unordered(CONCURRENCY);
        futures::pin_mut!(loads);
        let mut complete = true;
        while let Some(loaded) = loads.next().await {
            match available(loaded)? {
                Some(loaded) => posts.extend(loaded),
                None => complete = false,
            }
        }
        Ok((posts, complete))
    }

    async fn load_author(&self, author_id: Uuid) -> Result<Vec<Entry>> {
        let posts = self.posts.latest(author_id).await?;
        self.store.load_author(author_id, &posts).await?;
        Ok(posts)
    }

    /// The first `size` entries that the owner of the token may see, and how many were looked at.
    async fn visible(&self, token: &str, ranked: &[Ranked], size: usize) -> Result<(Vec<Ranked>, usize)> {
        let mut entries = Vec::with_capacity(size);
        let mut seen = 0;
        for _ in 0..ROUNDS {
            let next = &ranked[seen..ranked.len().min(seen + size - entries.len())];
            if next.is_empty() {
                break;
            }
            let post_ids: Vec<Uuid> = next.iter().map(|entry| entry.entry.post_id).collect();
            let visible = self.posts.visible(token, &post_ids).await?;
            entries.extend(next.iter().filter(|entry| visible.contains(&entry.entry.post_id)));
            seen += next.len();
        }
        Ok((entries, seen))
    }
}

/// `None` when a neighbour is away, which a feed can do without. Redis that is away is noticed by the next command.
fn available<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_transient() => {
            tracing::warn!(%error, "a feed may not be complete");
            metrics::counter!("feed_degraded_total").increment(1);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn page(reader_id: Uuid, request: &ListFeedRequest) -> Result<Page> {
    let mut checks = Validation::new();
    let size = checks.page_size("page_size", request.page_size, 20, 100);
    let order = FeedOrder::try_from(request.order).ok();
    checks.check("order", order.is_some(), "is not known");
    checks.finish()?;
    let order = match order {
        Some(FeedOrder::Ranked) => Some(Order::Ranked),
        Some(FeedOrder::Latest) => Some(Order::Latest),
        Some(FeedOrder::Unspecified) | None => None,
    };
    let query = Query::new("ListFeed").with(reader_id).expiring(TOKEN_LIFETIME);
    let size = size as usize;
    let Some(cursor) = query.cursor::<Cursor>(&request.page_token)? else {
        return Ok(Page { query, order: order.unwrap_or(Order::Ranked), at: now(), after: None, size });
    };
    let held = if cursor.latest { Order::Latest } else { Order::Ranked };
    if order.is_some_and(|order| order != held) {
        return Err(Error::invalid("order", "is not the one of the page token"));
    }
    let after = Place { score: cursor.score, time: cursor.time, post_id: cursor.post_id };
    Ok(Page { query, order: held, at: cursor.at, after: Some(after), size })
}

/// Since when the feed may lack something, if it may.
fn stale_since(snapshot: &Snapshot, complete: bool) -> Option<Micros> {
    let known = || snapshot.fresh_until.or(snapshot.built).unwrap_or_else(now);
    let incomplete = (!complete).then(known);
    [incomplete, snapshot.waiting_since].into_iter().flatten().min()
}

fn feed_entry(ranked: &Ranked) -> FeedEntry {
    let reason = if ranked.popular { FeedReason::Popular } else { FeedReason::Followed };
    FeedEntry {
        post_id: ranked.entry.post_id.to_string(),
        author_id: ranked.entry.author_id.to_string(),
        publish_time: Some(timestamp::to_proto(time(ranked.entry.time))),
        score: f64::from_bits(ranked.place.score),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_stale_since_the_earliest_that_it_may_lack() {
        let fresh = Snapshot { built: Some(10), fresh_until: Some(30), ..Snapshot::default() };
        assert_eq!(stale_since(&fresh, true), None);
        assert_eq!(stale_since(&fresh, false), Some(30));
        let behind = Snapshot { waiting_since: Some(20), ..fresh.clone() };
        assert_eq!(stale_since(&behind, true), Some(20));
        assert_eq!(stale_since(&behind, false), Some(20));
        assert_eq!(stale_since(&Snapshot { fresh_until: None, ..fresh }, false), Some(10));
    }
}

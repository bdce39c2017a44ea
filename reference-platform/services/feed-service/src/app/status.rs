//! How fresh a feed is, and its rebuild by operators.

use social_auth::{Caller, OPERATOR};
use social_proto::feed::v1::{GetFeedStatusRequest, GetFeedStatusResponse, RebuildFeedRequest, RebuildFeedResponse};
use social_runtime::validate::Validation;
use social_runtime::{Error, Result, timestamp};
use uuid::Uuid;

use super::App;
use crate::domain::{Affinity, Order, Snapshot, now, rank, time};

impl App {
    /// How fresh the caller's feed is.
    pub async fn get_feed_status(&self, caller: &Caller, _: GetFeedStatusRequest) -> Result<GetFeedStatusResponse> {
        let snapshot = self.store.snapshot(caller.account_id()?).await?;
        Ok(GetFeedStatusResponse {
            fresh_until: snapshot.fresh_until.map(|micros| timestamp::to_proto(time(micros))),
            entry_count: self.count(&snapshot).await?,
        })
    }

    /// Builds a feed anew.
    pub async fn rebuild_feed(&self, caller: &Caller, request: RebuildFeedRequest) -> Result<RebuildFeedResponse> {
        caller.require_scope(OPERATOR)?;
        let mut checks = Validation::new();
        let reader_id: Uuid = checks.uuid("user_id", &request.user_id);
        checks.finish()?;
        if !self.build(reader_id).await? {
            return Err(Error::not_found("there is no such user"));
        }
        let snapshot = self.store.snapshot(reader_id).await?;
        Ok(RebuildFeedResponse { entry_count: self.count(&snapshot).await? })
    }

    /// Entries of a feed, with those of very followed authors, whether or not the reader may still see them.
    async fn count(&self, snapshot: &Snapshot) -> Result<i64> {
        let authors = self.store.author_posts(&snapshot.popular).await?;
        let popular: Vec<_> = authors.into_iter().flat_map(|author| author.posts).collect();
        let all = rank(&snapshot.entries, &popular, &Affinity::default(), Order::Latest, now());
        Ok(i64::try_from(all.len()).unwrap_or(i64::MAX))
    }
}

//! Posts.

use social_auth::Caller;
use social_proto::search::v1::{PostHit, PostOrder, SearchPostsRequest, SearchPostsResponse};
use social_runtime::page::Query;
use social_runtime::validate::Validation;
use social_runtime::{Result, timestamp};

use super::{App, Cursor, next_page_token, to_contract};
use crate::domain::highlight::highlight;
use crate::domain::query::Clause;
use crate::domain::{Document, time};
use crate::index::{Hit, Order, Search};

impl App {
    /// Posts by their text and tags.
    pub async fn search_posts(&self, caller: &Caller, request: SearchPostsRequest) -> Result<SearchPostsResponse> {
        caller.account_id()?;
        let mut checks = Validation::new();
        checks.check(
            "query",
            !request.query.is_empty() || !request.tag.is_empty(),
            "is required unless there is a tag",
        );
        checks.text("query", &request.query, 0..=200);
        checks.text("tag", &request.tag, 0..=100);
        checks.check("tag", !request.tag.contains('#'), "must not hold #");
        let author_id = checks.optional_uuid("author_id", &request.author_id);
        let order = PostOrder::try_from(request.order).ok();
        checks.check("order", order.is_some(), "is not known");
        let size = checks.page_size("page_size", request.page_size, 20, 100) as usize;
        checks.finish()?;
        let order = match order {
            Some(PostOrder::Latest) => Order::Latest,
            Some(PostOrder::Relevance | PostOrder::Unspecified) | None => Order::Relevance,
        };
        let tag = (!request.tag.is_empty()).then(|| request.tag.to_lowercase());
        let query = Query::new("SearchPosts")
            .with(&request.query)
            .with(tag.as_deref().unwrap_or_default())
            .with(author_id.unwrap_or_default())
            .with(order == Order::Latest);
        // Posts that come meanwhile are not on later pages, so they move nothing.
        let cursor = Cursor::of(&query, &request.page_token)?;
        let search = Search::Posts { query: request.query, tag, author_id, order, until: cursor.at };
        let clauses = search.clauses();
        let (hits, next) = self.visible(caller.token(), search, cursor.offset, size).await?;
        Ok(SearchPostsResponse {
            hits: hits.iter().filter_map(|hit| post_hit(hit, &clauses)).collect(),
            next_page_token: next_page_token(&query, cursor.at, next),
        })
    }
}

/// `None` for what is no post, which a search for posts does not find.
fn post_hit(hit: &Hit, clauses: &[Clause]) -> Option<PostHit> {
    let Document::Post { author_id, text, published, .. } = &hit.document else { return None };
    Some(PostHit {
        post_id: hit.id.to_string(),
        author_id: author_id.to_string(),
        score: hit.score,
        highlights: highlight("text", text, clauses).map(to_contract).into_iter().collect(),
        publish_time: Some(timestamp::to_proto(time(*published))),
    })
}

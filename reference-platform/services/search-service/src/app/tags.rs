//! Tags. They are of public posts only, so nobody is asked who may see them.

use social_auth::Caller;
use social_proto::search::v1::{SearchTagsRequest, SearchTagsResponse, TagHit};
use social_runtime::Result;
use social_runtime::page::Query;
use social_runtime::validate::Validation;

use super::{App, blocking};
use crate::index::{Tag, TagPlace};

impl App {
    /// Tags by their beginning, most used first.
    pub async fn search_tags(&self, caller: &Caller, request: SearchTagsRequest) -> Result<SearchTagsResponse> {
        caller.account_id()?;
        let mut checks = Validation::new();
        checks.text("prefix", &request.prefix, 1..=50);
        checks.check("prefix", !request.prefix.contains('#'), "must not hold #");
        let size = checks.page_size("page_size", request.page_size, 20, 100) as usize;
        checks.finish()?;
        let prefix = request.prefix.to_lowercase();
        let query = Query::new("SearchTags").with(&prefix);
        let after: Option<TagPlace> = query.cursor(&request.page_token)?;
        let snapshot = self.library.live().snapshot();
        // One more tells whether there is another page.
        let mut tags = blocking(move || snapshot.tags(&prefix, after.as_ref(), size + 1)).await?;
        let more = tags.len() > size;
        tags.truncate(size);
        let next_page_token = match tags.last() {
            Some(last) if more => query.token(&last.place()),
            _ => String::new(),
        };
        Ok(SearchTagsResponse { hits: tags.into_iter().map(tag_hit).collect(), next_page_token })
    }
}

pub(super) fn tag_hit(tag: Tag) -> TagHit {
    TagHit { tag: tag.tag, post_count: i64::try_from(tag.posts).unwrap_or(i64::MAX) }
}

//! Users, and what somebody is typing.

use social_auth::Caller;
use social_proto::search::v1::{SearchUsersRequest, SearchUsersResponse, SuggestRequest, SuggestResponse, UserHit};
use social_runtime::Result;
use social_runtime::page::Query;
use social_runtime::validate::Validation;

use super::tags::tag_hit;
use super::{App, Cursor, blocking, next_page_token, to_contract};
use crate::domain::Document;
use crate::domain::highlight::highlight;
use crate::domain::query::Clause;
use crate::index::{Hit, Search};

impl App {
    /// Users by handle, name and what they write about themselves.
    pub async fn search_users(&self, caller: &Caller, request: SearchUsersRequest) -> Result<SearchUsersResponse> {
        caller.account_id()?;
        let mut checks = Validation::new();
        checks.text("query", &request.query, 1..=200);
        let size = checks.page_size("page_size", request.page_size, 20, 100) as usize;
        checks.finish()?;
        let query = Query::new("SearchUsers").with(&request.query);
        let cursor = Cursor::of(&query, &request.page_token)?;
        let search = Search::Users { query: request.query };
        let clauses = search.clauses();
        let (hits, next) = self.visible(caller.token(), search, cursor.offset, size).await?;
        Ok(SearchUsersResponse {
            hits: hits.iter().map(|hit| user_hit(hit, &clauses)).collect(),
            next_page_token: next_page_token(&query, cursor.at, next),
        })
    }

    /// Completes what somebody is typing.
    pub async fn suggest(&self, caller: &Caller, request: SuggestRequest) -> Result<SuggestResponse> {
        caller.account_id()?;
        let mut checks = Validation::new();
        checks.text("prefix", &request.prefix, 1..=50);
        let limit = checks.page_size("limit", request.limit, 5, 20) as usize;
        checks.finish()?;
        let typed = request.prefix.trim();
        let (handle, tag) = (typed.strip_prefix('@'), typed.strip_prefix('#'));
        let mut response = SuggestResponse::default();
        if tag.is_none() {
            let prefix = handle.unwrap_or(typed).to_owned();
            let search = Search::Completions { prefix, handles_only: handle.is_some() };
            let clauses = search.clauses();
            let (hits, _) = self.visible(caller.token(), search, 0, limit).await?;
            response.users = hits.iter().map(|hit| user_hit(hit, &clauses)).collect();
        }
        if handle.is_none() {
            let prefix = tag.unwrap_or(typed).to_lowercase();
            let snapshot = self.library.live().snapshot();
            let tags = blocking(move || snapshot.tags(&prefix, None, limit)).await?;
            response.tags = tags.into_iter().map(tag_hit).collect();
        }
        Ok(response)
    }
}

fn user_hit(hit: &Hit, clauses: &[Clause]) -> UserHit {
    let highlights = match &hit.document {
        Document::User { handle, display_name, bio } => {
            let fields = [("handle", handle), ("display_name", display_name), ("bio", bio)];
            fields.into_iter().filter_map(|(field, text)| highlight(field, text, clauses)).map(to_contract).collect()
        }
        Document::Post { .. } => Vec::new(),
    };
    UserHit { user_id: hit.id.to_string(), score: hit.score, highlights }
}

//! Lists of the graph, page by page. Followers, followed and blocked ones come from PostgreSQL; mutuals and suggestions
//! from the graph, and are looked up in PostgreSQL once more, because the graph can lag behind a block.

use social_runtime::page::Query;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use uuid::Uuid;

use super::App;
use crate::domain::Viewer;
use crate::domain::graph::{Entry, Suggestion};
use crate::domain::page::{Cursor, DEFAULT_SIZE, LARGEST_SIZE, Page};

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    pub entries: Vec<T>,
    /// Empty on the last page.
    pub next_page_token: String,
}

impl App {
    /// Who follows a user, newest first.
    pub async fn list_followers(&self, viewer: Viewer, of: &str, size: i32, token: &str) -> Result<Listed<Entry>> {
        let mut request = Validation::new();
        let user_id = request.uuid("user_id", of);
        let query = Query::new("ListFollowers").with(user_id);
        let page = page(request, &query, size, token)?;
        self.require_visible(viewer, user_id).await?;
        let entries = self.store.followers(user_id, viewer, &page).await?;
        Ok(listed(entries, &query, &page, entry_place))
    }

    /// Whom a user follows, newest first.
    pub async fn list_following(&self, viewer: Viewer, of: &str, size: i32, token: &str) -> Result<Listed<Entry>> {
        let mut request = Validation::new();
        let user_id = request.uuid("user_id", of);
        let query = Query::new("ListFollowing").with(user_id);
        let page = page(request, &query, size, token)?;
        self.require_visible(viewer, user_id).await?;
        let entries = self.store.following(user_id, viewer, &page).await?;
        Ok(listed(entries, &query, &page, entry_place))
    }

    /// Whom the caller has blocked, newest first.
    pub async fn list_blocked(&self, caller: Uuid, size: i32, token: &str) -> Result<Listed<Entry>> {
        let query = Query::new("ListBlocked").with(caller);
        let page = page(Validation::new(), &query, size, token)?;
        let entries = self.store.blocked(caller, &page).await?;
        Ok(listed(entries, &query, &page, entry_place))
    }

    /// Whom the caller follows among the followers of a user. A page can be shorter than asked for.
    pub async fn list_mutuals(&self, caller: Uuid, of: &str, size: i32, token: &str) -> Result<Listed<Entry>> {
        let mut request = Validation::new();
        let user_id = request.uuid("user_id", of);
        let query = Query::new("ListMutuals").with(user_id).with(caller);
        let page = page(request, &query, size, token)?;
        self.require_visible(Viewer::User(caller), user_id).await?;
        let entries = self.graph.mutuals(caller, user_id, &page).await?;
        let mut listed = listed(entries, &query, &page, entry_place);
        let user_ids: Vec<Uuid> = listed.entries.iter().map(|entry| entry.user_id).collect();
        let visible = self.store.visible(&user_ids, caller).await?;
        listed.entries.retain(|entry| visible.contains(&entry.user_id));
        Ok(listed)
    }

    /// Whom the caller could follow, best first. A page can be shorter than asked for.
    pub async fn list_suggestions(&self, caller: Uuid, size: i32, token: &str) -> Result<Listed<Suggestion>> {
        let query = Query::new("ListSuggestions").with(caller);
        let page = page(Validation::new(), &query, size, token)?;
        let suggestions = self.graph.suggestions(caller, &page).await?;
        let place = |suggestion: &Suggestion| Cursor { order: suggestion.score, id: suggestion.user_id };
        let mut listed = listed(suggestions, &query, &page, place);
        let user_ids: Vec<Uuid> = listed.entries.iter().map(|suggestion| suggestion.user_id).collect();
        let suggestible = self.store.suggestible(&user_ids, caller).await?;
        listed.entries.retain(|suggestion| suggestible.contains(&suggestion.user_id));
        Ok(listed)
    }

    async fn require_visible(&self, viewer: Viewer, user_id: Uuid) -> Result<()> {
        match self.store.profile(user_id, viewer).await? {
            Some(_) => Ok(()),
            None => Err(Error::not_found("there is no such user")),
        }
    }
}

/// Ends the checks of a request with those of its page.
fn page(mut request: Validation, query: &Query, size: i32, token: &str) -> Result<Page> {
    let size = request.page_size("page_size", size, DEFAULT_SIZE, LARGEST_SIZE);
    request.finish()?;
    let after: Option<(i64, Uuid)> = query.cursor(token)?;
    Ok(Page { size, after: after.map_or(Cursor::START, |(order, id)| Cursor { order, id }) })
}

fn listed<T>(mut entries: Vec<T>, query: &Query, page: &Page, place: impl Fn(&T) -> Cursor) -> Listed<T> {
    let next = page.cut(&mut entries, place);
    let next_page_token = next.map(|cursor| query.token(&(cursor.order, cursor.id))).unwrap_or_default();
    Listed { entries, next_page_token }
}

fn entry_place(entry: &Entry) -> Cursor {
    Cursor::at(entry.since, entry.user_id)
}

//! Use cases: each checks what comes in, searches, and leaves out who is hidden. Both edges call these.

mod posts;
mod rebuild;
mod tags;
mod users;

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use social_events::Settings;
use social_proto::search::v1::{Highlight, TextRange};
use social_runtime::page::Query;
use social_runtime::{Error, Result};

use crate::domain::highlight;
use crate::domain::{Micros, now};
use crate::index::{self, Hit, Library, Search};
use crate::rebuilds::Rebuilds;
use crate::users::Users;

/// Hits of one query that can be seen.
const MOST_HITS: usize = 1000;
/// How often more hits are looked at where some are hidden; then the page is shorter.
const ROUNDS: usize = 4;

/// The service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    library: Arc<Library>,
    users: Users,
    rebuilds: Arc<Rebuilds>,
    kafka: Settings,
}

/// Where the next page begins.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cursor {
    /// The moment of the first page.
    at: Micros,
    /// Hits before, hidden ones too.
    offset: usize,
}

impl Cursor {
    fn of(query: &Query, page_token: &str) -> Result<Cursor> {
        Ok(query.cursor(page_token)?.unwrap_or(Cursor { at: now(), offset: 0 }))
    }
}

impl App {
    /// On its index and user-service; the log is what rebuilds count.
    pub fn new(library: Arc<Library>, users: Users, rebuilds: Arc<Rebuilds>, kafka: Settings) -> Self {
        App { library, users, rebuilds, kafka }
    }

    /// At most `size` hits that are not hidden from the owner of the token, and where the next page begins.
    async fn visible(
        &self,
        token: &str,
        search: Search,
        mut offset: usize,
        size: usize,
    ) -> Result<(Vec<Hit>, Option<usize>)> {
        let snapshot = self.library.live().snapshot();
        let mut hits = Vec::with_capacity(size);
        for _ in 0..ROUNDS {
            let wanted = (size - hits.len()).min(MOST_HITS.saturating_sub(offset));
            if wanted == 0 {
                break;
            }
            let (snapshot, search) = (snapshot.clone(), search.clone());
            // One more tells whether there is another page.
            let found = blocking(move || snapshot.search(&search, offset, wanted + 1)).await?;
            let more = found.len() > wanted;
            let found: Vec<Hit> = found.into_iter().take(wanted).collect();
            let user_ids: HashSet<_> = found.iter().map(Hit::user_id).collect();
            let visible = self.users.visible(token, user_ids).await?;
            offset += found.len();
            hits.extend(found.into_iter().filter(|hit| visible.contains(&hit.user_id())));
            if !more {
                return Ok((hits, None));
            }
        }
        Ok((hits, (offset < MOST_HITS).then_some(offset)))
    }
}

/// What takes the processor and the disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> index::Result<T> + Send + 'static) -> Result<T> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(Error::internal)??)
}

fn next_page_token(query: &Query, at: Micros, offset: Option<usize>) -> String {
    offset.map_or_else(String::new, |offset| query.token(&Cursor { at, offset }))
}

fn to_contract(highlight: highlight::Highlight) -> Highlight {
    // A fragment has some hundred characters.
    let position = |at| i32::try_from(at).unwrap_or(i32::MAX);
    let range = |(begin, end)| TextRange { begin: position(begin), end: position(end) };
    Highlight {
        field: highlight.field.to_owned(),
        fragment: highlight.fragment,
        matches: highlight.matches.into_iter().map(range).collect(),
    }
}

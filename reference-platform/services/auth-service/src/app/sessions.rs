//! The sessions of the caller.

use social_auth::Caller;
use social_runtime::page::Query;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{App, session_ended, user};
use crate::domain::Session;
use crate::store::Position;

/// A page of sessions.
pub struct SessionPage {
    pub sessions: Vec<Session>,
    /// Empty on the last page.
    pub next_page_token: String,
}

impl App {
    /// Live sessions, most recently used first.
    pub async fn list_sessions(&self, caller: &Caller, page_size: i32, page_token: &str) -> Result<SessionPage> {
        let (account_id, _) = user(caller)?;
        let mut request = Validation::new();
        let page_size = request.page_size("page_size", page_size, 20, 100);
        request.finish()?;
        let query = Query::new("ListSessions").with(account_id);
        let after = position(query.cursor(page_token)?)?;

        self.own_session(caller).await?;
        // One more than asked for tells whether there is another page.
        let mut sessions = self.store.sessions(account_id, after, i64::from(page_size) + 1).await?;
        let more = sessions.len() > page_size as usize;
        sessions.truncate(page_size as usize);
        let next_page_token = match sessions.last() {
            Some(last) if more => query.token(&(micros(last.last_used_time), last.session_id)),
            _ => String::new(),
        };
        Ok(SessionPage { sessions, next_page_token })
    }

    /// Ends all sessions of the caller. When that has happened already, asking again is no error.
    pub async fn revoke_sessions(&self, caller: &Caller, keep_current: bool) -> Result<()> {
        let (account_id, session_id) = user(caller)?;
        if !self.store.is_live(account_id, session_id).await? {
            let done = !self.store.has_live_sessions(account_id).await?;
            return if done { Ok(()) } else { Err(session_ended()) };
        }
        let keep = keep_current.then_some(session_id);
        let ended = self.store.revoke_sessions(account_id, keep).await?;
        self.tell_revoked(&ended).await;
        Ok(())
    }
}

/// Microseconds are what PostgreSQL keeps.
fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

fn position(cursor: Option<(i64, Uuid)>) -> Result<Option<Position>> {
    let Some((micros, session_id)) = cursor else { return Ok(None) };
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000);
    let last_used_time = time.map_err(|_| Error::invalid("page_token", "is not a token of this service"))?;
    Ok(Some(Position { last_used_time, session_id }))
}

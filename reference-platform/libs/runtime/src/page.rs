//! Page tokens: where a list goes on, opaque to clients. A token is no secret and proves nothing: whoever reads a page is authorized
//! anew, and the cursor is checked by the query that takes it. It is bound to its query so that a mistake is told, not answered with
//! the wrong page.
//!
//! ```
//! # use social_runtime::page::Query;
//! # fn main() -> social_runtime::Result<()> {
//! let query = Query::new("ListFollowers").with("42");
//! let token = query.token(&("2024-05-01T00:00:00Z", 17));
//! let cursor: Option<(String, i64)> = query.cursor(&token)?;
//! assert_eq!(cursor.unwrap().1, 17);
//! # Ok(())
//! # }
//! ```

use std::fmt::Display;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::error::{Error, Result};

/// A longer token was never made here.
const MAX_TOKEN_BYTES: usize = 1024;

/// What a token belongs to: the method and whatever of the request decides which entries there are, and in which order. Not the page
/// size, which may change from page to page.
#[derive(Clone, Debug)]
pub struct Query {
    fingerprint: Sha256,
    lifetime: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
struct Token<C> {
    /// Beginning of the fingerprint of the query.
    q: u64,
    /// Unix time in seconds at which it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<i64>,
    c: C,
}

impl Query {
    /// The query of a method without further conditions.
    pub fn new(method: &str) -> Self {
        Self { fingerprint: Sha256::new(), lifetime: None }.with(method)
    }

    /// One more condition; the order counts.
    #[must_use]
    pub fn with(mut self, condition: impl Display) -> Self {
        let condition = condition.to_string();
        // With its length, so that ("a", "bc") and ("ab", "c") differ.
        self.fingerprint.update(condition.len().to_be_bytes());
        self.fingerprint.update(condition);
        self
    }

    /// Tokens live this long. Without it they live as long as what they point at.
    #[must_use]
    pub fn expiring(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The token of the page that begins after `cursor`. Cursors are small: ids, times, ranks.
    pub fn token<C: Serialize>(&self, cursor: &C) -> String {
        let expiry = self.lifetime.map(|lifetime| (OffsetDateTime::now_utc() + lifetime).unix_timestamp());
        // Only maps whose keys are no text cannot be JSON; the empty token would then be the first page again.
        let json = serde_json::to_vec(&Token { q: self.id(), e: expiry, c: cursor }).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(json)
    }

    /// The cursor in a token; `None` for the first page, whose token is empty.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT for `page_token` when it was not made here, not for this query, or has expired.
    pub fn cursor<C: DeserializeOwned>(&self, token: &str) -> Result<Option<C>> {
        if token.is_empty() {
            return Ok(None);
        }
        let refused = |why| Error::invalid("page_token", why);
        if token.len() > MAX_TOKEN_BYTES {
            return Err(refused("is not a token of this service"));
        }
        let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused("is not a token of this service"))?;
        // The cursor of another query looks different: it must not be read before the fingerprint was.
        let token: Token<serde_json::Value> =
            serde_json::from_slice(&json).map_err(|_| refused("is not a token of this service"))?;
        if token.q != self.id() {
            return Err(refused("belongs to another query"));
        }
        if token.e.is_some_and(|expiry| expiry <= OffsetDateTime::now_utc().unix_timestamp()) {
            return Err(refused("has expired: begin with the first page"));
        }
        serde_json::from_value(token.c).map(Some).map_err(|_| refused("is not a token of this service"))
    }

    fn id(&self) -> u64 {
        let hash = self.fingerprint.clone().finalize();
        hash.iter().take(8).fold(0, |id, byte| (id << 8) | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(query: &Query, token: &str) -> String {
        query.cursor::<(i64, String)>(token).unwrap_err().field_violations()[0].description.clone()
    }

    #[test]
    fn cursors_come_back() {
        let query = Query::new("ListPosts").with("author").with(7);
        assert_eq!(query.cursor::<(i64, String)>("").unwrap(), None);
        let token = query.token(&(3, "x"));
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{token}");
        assert_eq!(query.cursor(&token).unwrap(), Some((3, "x".to_owned())));
    }

    #[test]
    fn tokens_of_other_queries_are_refused() {
        let token = Query::new("ListPosts").with("a").with("bc").token(&(3, "x"));
        for other in [Query::new("ListPosts").with("ab").with("c"), Query::new("ListComments").with("a").with("bc")] {
            assert_eq!(refusal(&other, &token), "belongs to another query");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let query = Query::new("ListPosts");
        for token in ["%", "bm90IGpzb24", &"A".repeat(MAX_TOKEN_BYTES + 1), &query.token(&"another cursor")] {
            assert_eq!(refusal(&query, token), "is not a token of this service");
        }
    }

    #[test]
    fn old_tokens_are_refused() {
        let query = Query::new("GetFeed").expiring(Duration::from_secs(3600));
        assert!(query.cursor::<(i64, String)>(&query.token(&(3, "x"))).is_ok());
        let old = query.clone().expiring(Duration::ZERO).token(&(3, "x"));
        assert_eq!(refusal(&query, &old), "has expired: begin with the first page");
    }
}

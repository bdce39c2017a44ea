//! The use cases. Each checks its input, decides, stores, and tells by events; both edges call these.

mod account;
mod keys;
mod login;
mod sessions;
mod tokens;

pub use account::Registration;
pub use login::Authorization;
pub use tokens::{CodeExchange, Introspection, TokenSet};

use std::net::IpAddr;
use std::time::Duration;

use social_auth::{Caller, Verifier};
use social_cache::RateLimiter;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use uuid::Uuid;

use crate::address;
use crate::keyring::KeyRing;
use crate::passwords::Passwords;
use crate::store::{Revocations, Store};

/// What the use cases work with.
pub struct App {
    pub store: Store,
    pub revocations: Revocations,
    pub passwords: Passwords,
    pub keys: KeyRing,
    pub verifier: Verifier,
    pub limits: Limits,
    pub lifetimes: Lifetimes,
}

/// How often a password may be tried.
pub struct Limits {
    /// Protects an account from guessing: without Redis nobody logs in, while those who are logged in go on.
    pub per_login: RateLimiter,
    /// Protects from load: without Redis everything passes.
    pub per_address: RateLimiter,
    /// Proxies in front of the service whose word is taken for where a request comes from.
    pub trusted_proxies: usize,
}

/// What tokens are made of, and how long they live.
pub struct Lifetimes {
    pub issuer: String,
    pub audience: String,
    pub access_token: Duration,
    pub refresh_token: Duration,
}

impl Limits {
    /// What limits per address count, from the peer and `x-forwarded-for`.
    pub fn origin(&self, peer: Option<IpAddr>, forwarded_for: Option<&str>) -> String {
        address::bucket(address::origin(peer, forwarded_for, self.trusted_proxies))
    }
}

impl App {
    /// The account and the session of a caller, which must not have ended: what changes an account wants more than a signature.
    async fn own_session(&self, caller: &Caller) -> Result<(Uuid, Uuid)> {
        let (account_id, session_id) = user(caller)?;
        if self.store.is_live(account_id, session_id).await? {
            Ok((account_id, session_id))
        } else {
            Err(session_ended())
        }
    }

    /// Makes ended sessions known at once. If Redis cannot be reached they become known when it forgets that they lived.
    async fn tell_revoked(&self, sessions: &[Uuid]) {
        if let Err(error) = self.revocations.revoke(sessions).await {
            tracing::warn!(%error, count = sessions.len(), "revocations did not reach Redis");
        }
    }
}

/// The account and the session of an end user.
fn user(caller: &Caller) -> Result<(Uuid, Uuid)> {
    Ok((caller.account_id()?, caller.session_id()?))
}

fn session_ended() -> Error {
    Error::unauthenticated("the session has ended").with_reason("SESSION_ENDED")
}

/// Notes what is wrong with a field.
fn parsed<T>(request: &mut Validation, field: &str, value: std::result::Result<T, &'static str>) -> Option<T> {
    value.map_err(|wrong| request.violation(field, wrong)).ok()
}

/// After [`Validation::finish`] everything was parsed.
fn checked<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal(anyhow::anyhow!("a value that was not parsed has no violation")))
}

//! What accounts, sessions and tokens are, and the rules that hold for them. Knows no edge, no store and no framework.

pub mod account;
pub mod oauth;
pub mod secret;
pub mod session;

pub use account::{Account, Email, Handle, Login, NewPassword};
pub use oauth::{Challenge, Client, Grant, Verifier};
pub use secret::{Digest, Secret};
pub use session::{Reason, Session};

use std::time::Duration;

/// An authorization code lives so long.
pub const CODE_TTL: Duration = Duration::from_secs(60);

/// How long the answer of GetJwks can be kept.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(300);

/// The contract promises at most so many published keys.
pub const MAX_PUBLISHED_KEYS: usize = 8;

/// What the contract allows in one SessionsRevoked.
pub const MAX_SESSIONS_PER_EVENT: usize = 100;

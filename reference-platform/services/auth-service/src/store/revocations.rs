//! Which sessions have ended, in Redis, so that not each introspection asks PostgreSQL, which has the truth.
//!
//! A revocation is written after its commit and stays as long as an access token lives. That a session lives is remembered for
//! [`REMEMBER_LIVE`] only and never overwrites a revocation. So a revocation is seen at once, or after that time when Redis could not be
//! reached at the moment of it.

use std::time::Duration;

use social_cache::{Redis, Result};
use uuid::Uuid;

/// How long an introspection may be wrong after a revocation that Redis missed.
const REMEMBER_LIVE: Duration = Duration::from_secs(5);

const REVOKED: &str = "revoked";
const LIVE: &str = "live";

/// What is known of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    Live,
    Revoked,
    Unknown,
}

/// Sessions in Redis.
#[derive(Clone)]
pub struct Revocations {
    redis: Redis,
    keep: Duration,
}

impl Revocations {
    /// `keep`: the longest time that an access token is accepted.
    pub fn new(redis: Redis, keep: Duration) -> Self {
        Self { redis, keep }
    }

    pub async fn look(&self, session_id: Uuid) -> Result<Liveness> {
        let mut connection = self.redis.connection();
        let found: Option<String> = redis::cmd("GET").arg(self.key(session_id)).query_async(&mut connection).await?;
        Ok(match found.as_deref() {
            Some(REVOKED) => Liveness::Revoked,
            Some(LIVE) => Liveness::Live,
            _ => Liveness::Unknown,
        })
    }

    /// What PostgreSQL said a moment ago.
    pub async fn remember_live(&self, session_id: Uuid) -> Result<()> {
        let mut connection = self.redis.connection();
        let () = redis::cmd("SET")
            .arg(self.key(session_id))
            .arg(LIVE)
            .arg("EX")
            .arg(REMEMBER_LIVE.as_secs())
            .arg("NX")
            .query_async(&mut connection)
            .await?;
        Ok(())
    }

    /// After the commit of the revocation.
    pub async fn revoke(&self, sessions: &[Uuid]) -> Result<()> {
        if sessions.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::pipe();
        for session_id in sessions {
            pipeline.cmd("SET").arg(self.key(*session_id)).arg(REVOKED).arg("EX").arg(self.keep.as_secs()).ignore();
        }
        let mut connection = self.redis.connection();
        let () = pipeline.query_async(&mut connection).await?;
        Ok(())
    }

    fn key(&self, session_id: Uuid) -> String {
        self.redis.key(&format!("auth:session:{session_id}"))
    }
}

//! Sessions: listing them and ending them.

use social_database::Result;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, events};
use crate::domain::{MAX_SESSIONS_PER_EVENT, Reason, Session};

/// A session for which tokens can be made.
pub struct Opened {
    pub account_id: Uuid,
    pub session_id: Uuid,
    pub scopes: Vec<String>,
}

/// Where a page of sessions ended.
#[derive(Clone, Copy)]
pub struct Position {
    pub last_used_time: OffsetDateTime,
    pub session_id: Uuid,
}

impl Store {
    /// Whether the session exists, is this account's and has not ended.
    pub async fn is_live(&self, account_id: Uuid, session_id: Uuid) -> Result<bool> {
        let found = sqlx::query_scalar!(
            "SELECT session_id FROM sessions
             WHERE session_id = $1 AND account_id = $2 AND revoke_time IS NULL AND expire_time > now()",
            session_id,
            account_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.is_some())
    }

    pub async fn has_live_sessions(&self, account_id: Uuid) -> Result<bool> {
        let found = sqlx::query_scalar!(
            "SELECT session_id FROM sessions WHERE account_id = $1 AND revoke_time IS NULL AND expire_time > now() LIMIT 1",
            account_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.is_some())
    }

    /// Live sessions, most recently used first, from behind `after`.
    pub async fn sessions(&self, account_id: Uuid, after: Option<Position>, limit: i64) -> Result<Vec<Session>> {
        let sessions = sqlx::query_as!(
            Session,
            "SELECT session_id, client_id, user_agent, create_time, last_used_time FROM sessions
             WHERE account_id = $1 AND revoke_time IS NULL AND expire_time > now()
               AND ($2::timestamptz IS NULL OR (last_used_time, session_id) < ($2, $3))
             ORDER BY last_used_time DESC, session_id DESC LIMIT $4",
            account_id,
            after.map(|position| position.last_used_time),
            after.map(|position| position.session_id),
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(sessions)
    }

    /// Ends one session of an account; gives it back when it lived until now.
    pub async fn revoke_session(&self, account_id: Uuid, session_id: Uuid) -> Result<Vec<Uuid>> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            if !events::lock(&mut tx, account_id).await? {
                return Ok(Vec::new());
            }
            let ended = revoke_one(&mut tx, account_id, session_id, Reason::Logout).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }

    /// Ends all sessions of an account but `keep`; gives those that lived until now.
    pub async fn revoke_sessions(&self, account_id: Uuid, keep: Option<Uuid>) -> Result<Vec<Uuid>> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            if !events::lock(&mut tx, account_id).await? {
                return Ok(Vec::new());
            }
            let ended = revoke_all(&mut tx, account_id, keep, Reason::Logout).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }
}

/// With the account locked.
pub async fn revoke_one(
    tx: &mut PgConnection,
    account_id: Uuid,
    session_id: Uuid,
    reason: Reason,
) -> Result<Vec<Uuid>> {
    let ended = sqlx::query_scalar!(
        "UPDATE sessions SET revoke_time = now() WHERE session_id = $1 AND account_id = $2 AND revoke_time IS NULL
         RETURNING session_id",
        session_id,
        account_id
    )
    .fetch_all(&mut *tx)
    .await?;
    if !ended.is_empty() {
        events::sessions_revoked(tx, account_id, &ended, reason).await?;
    }
    Ok(ended)
}

/// With the account locked. Codes that wait to be exchanged would open sessions afterwards: they go too.
pub async fn revoke_all(
    tx: &mut PgConnection,
    account_id: Uuid,
    keep: Option<Uuid>,
    reason: Reason,
) -> Result<Vec<Uuid>> {
    sqlx::query!("DELETE FROM authorization_codes WHERE account_id = $1 AND session_id IS NULL", account_id)
        .execute(&mut *tx)
        .await?;
    let mut all = Vec::new();
    loop {
        let ended = revoke_batch(tx, account_id, keep).await?;
        if !ended.is_empty() {
            events::sessions_revoked(tx, account_id, &ended, reason).await?;
        }
        let last = ended.len() < MAX_SESSIONS_PER_EVENT;
        all.extend(ended);
        if last {
            return Ok(all);
        }
    }
}

/// One event's worth of sessions.
async fn revoke_batch(tx: &mut PgConnection, account_id: Uuid, keep: Option<Uuid>) -> Result<Vec<Uuid>> {
    let ended = sqlx::query_scalar!(
        "UPDATE sessions SET revoke_time = now() WHERE session_id IN (
             SELECT session_id FROM sessions
             WHERE account_id = $1 AND revoke_time IS NULL AND session_id IS DISTINCT FROM $2
             ORDER BY last_used_time DESC, session_id DESC LIMIT $3
         ) RETURNING session_id",
        account_id,
        keep,
        MAX_SESSIONS_PER_EVENT as i64
    )
    .fetch_all(tx)
    .await?;
    Ok(ended)
}

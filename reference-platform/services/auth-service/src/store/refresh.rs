//! Refresh tokens: kept as a hash, spent by use, replaced by the next one of the same session.

use social_database::Result;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Opened, Store, events, sessions};
use crate::domain::{Digest, Reason};

/// A refresh token that comes to be used.
pub struct Refresh {
    pub token: Digest,
    pub client_id: String,
    /// What takes its place.
    pub next: Digest,
    pub next_expire_time: OffsetDateTime,
}

/// What became of it.
pub enum RefreshUse {
    /// The session goes on with the next token.
    Renewed(Opened),
    /// Unknown, expired, of another client, or its session has ended.
    Refused,
    /// It was spent before: its session has ended, if it had not before.
    Reused(Vec<Uuid>),
}

impl Store {
    /// Spends a refresh token and stores the next one, or ends the session of one that was spent before.
    pub async fn refresh(&self, refresh: &Refresh) -> Result<RefreshUse> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let Some(owner) = owner(&mut tx, refresh.token).await? else { return Ok(RefreshUse::Refused) };
            if owner.client_id != refresh.client_id || !events::lock(&mut tx, owner.account_id).await? {
                return Ok(RefreshUse::Refused);
            }
            // Only now does nobody else use the token.
            let outcome = match state(&mut tx, refresh.token).await? {
                State::Dead => return Ok(RefreshUse::Refused),
                State::Spent => {
                    let (account_id, session_id) = (owner.account_id, owner.session_id);
                    let ended = sessions::revoke_one(&mut tx, account_id, session_id, Reason::ReuseDetected).await?;
                    RefreshUse::Reused(ended)
                }
                State::Works => {
                    replace(&mut tx, owner.session_id, refresh).await?;
                    let Owner { account_id, session_id, scopes, .. } = owner;
                    RefreshUse::Renewed(Opened { account_id, session_id, scopes })
                }
            };
            tx.commit().await?;
            Ok(outcome)
        })
        .await
    }

    /// The account and the session that a refresh token, spent or not, belongs to.
    pub async fn session_of_refresh_token(&self, token: Digest) -> Result<Option<(Uuid, Uuid)>> {
        let mut connection = self.pool.acquire().await?;
        let found = owner(&mut connection, token).await?;
        Ok(found.map(|owner| (owner.account_id, owner.session_id)))
    }
}

struct Owner {
    account_id: Uuid,
    session_id: Uuid,
    client_id: String,
    scopes: Vec<String>,
}

enum State {
    Works,
    Spent,
    Dead,
}

async fn owner(connection: &mut PgConnection, token: Digest) -> Result<Option<Owner>> {
    let found = sqlx::query_as!(
        Owner,
        "SELECT s.account_id, s.session_id, s.client_id, s.scopes
         FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id WHERE t.token_hash = $1",
        token.as_bytes()
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

async fn state(tx: &mut PgConnection, token: Digest) -> Result<State> {
    let found = sqlx::query!(
        r#"SELECT t.spend_time IS NOT NULL AS "spent!", s.revoke_time IS NULL AND t.expire_time > now() AS "lives!"
           FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id WHERE t.token_hash = $1"#,
        token.as_bytes()
    )
    .fetch_optional(tx)
    .await?;
    Ok(match found {
        Some(row) if row.spent => State::Spent,
        Some(row) if row.lives => State::Works,
        _ => State::Dead,
    })
}

async fn replace(tx: &mut PgConnection, session_id: Uuid, refresh: &Refresh) -> Result<()> {
    sqlx::query!("UPDATE refresh_tokens SET spend_time = now() WHERE token_hash = $1", refresh.token.as_bytes())
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO refresh_tokens (token_hash, session_id, expire_time) VALUES ($1, $2, $3)",
        refresh.next.as_bytes(),
        session_id,
        refresh.next_expire_time
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE sessions SET last_used_time = now(), expire_time = $2 WHERE session_id = $1",
        session_id,
        refresh.next_expire_time
    )
    .execute(tx)
    .await?;
    Ok(())
}

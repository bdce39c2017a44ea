//! Authorization codes: kept as a hash, used once.

use social_database::Result;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Opened, Store, events, sessions};
use crate::domain::{Challenge, Client, Digest, Grant, Reason, Verifier};

/// A code that comes to be exchanged.
pub struct Exchange {
    pub code: Digest,
    pub client_id: String,
    pub redirect_uri: String,
    pub verifier: Verifier,
    pub user_agent: String,
    /// The first refresh token of the new session.
    pub refresh_token: Digest,
    pub refresh_expire_time: OffsetDateTime,
}

/// What became of it.
pub enum CodeUse {
    Opened(Opened),
    /// Unknown, expired, or not for this client, address or verifier.
    Refused,
    /// It was used before: the session that it gave then has ended, if it had not before.
    Reused(Vec<Uuid>),
}

impl Store {
    pub async fn client(&self, client_id: &str) -> Result<Option<Client>> {
        let found = sqlx::query!(
            r#"SELECT c.scopes, ARRAY(
                   SELECT u.redirect_uri FROM client_redirect_uris u WHERE u.client_id = c.client_id ORDER BY u.redirect_uri LIMIT 20
               ) AS "redirect_uris!"
               FROM clients c WHERE c.client_id = $1"#,
            client_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.map(|row| Client {
            client_id: client_id.to_owned(),
            redirect_uris: row.redirect_uris,
            scopes: row.scopes,
        }))
    }

    /// Stores a code for an account whose password was checked; false when the password was changed since, or the account is gone.
    pub async fn add_code(
        &self,
        code: Digest,
        grant: &Grant,
        password_hash: &str,
        expire_time: OffsetDateTime,
    ) -> Result<bool> {
        // The lock keeps a change of password, which deletes all codes, from passing between the look at the hash and the insertion.
        let added = sqlx::query!(
            "INSERT INTO authorization_codes
                 (code_hash, account_id, client_id, redirect_uri, code_challenge, scopes, expire_time)
             SELECT $1, a.account_id, $3, $4, $5, $6, $7
             FROM (SELECT account_id FROM accounts WHERE account_id = $2 AND password_hash = $8 FOR SHARE) a",
            code.as_bytes(),
            grant.account_id,
            grant.client_id,
            grant.redirect_uri,
            grant.challenge.as_str(),
            &grant.scopes,
            expire_time,
            password_hash
        )
        .execute(&self.pool)
        .await?;
        Ok(added.rows_affected() == 1)
    }

    /// Opens a session for a code, or ends the one that it gave before.
    pub async fn exchange(&self, exchange: &Exchange) -> Result<CodeUse> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let Some(account_id) = owner(&mut tx, exchange.code).await? else { return Ok(CodeUse::Refused) };
            if !events::lock(&mut tx, account_id).await? {
                return Ok(CodeUse::Refused);
            }
            let Some(code) = read(&mut tx, exchange.code).await? else { return Ok(CodeUse::Refused) };
            let outcome = match code.session_id {
                Some(session_id) => {
                    let reused = sessions::revoke_one(&mut tx, account_id, session_id, Reason::ReuseDetected).await?;
                    CodeUse::Reused(reused)
                }
                None if !code.grant.allows(exchange) || code.expired => return Ok(CodeUse::Refused),
                None => CodeUse::Opened(open(&mut tx, code.grant, exchange).await?),
            };
            tx.commit().await?;
            Ok(outcome)
        })
        .await
    }
}

impl Grant {
    fn allows(&self, exchange: &Exchange) -> bool {
        self.client_id == exchange.client_id
            && self.redirect_uri == exchange.redirect_uri
            && self.challenge.is_answered_by(&exchange.verifier)
    }
}

struct StoredCode {
    grant: Grant,
    /// Of the first use.
    session_id: Option<Uuid>,
    expired: bool,
}

async fn owner(tx: &mut PgConnection, code: Digest) -> Result<Option<Uuid>> {
    let found = sqlx::query_scalar!("SELECT account_id FROM authorization_codes WHERE code_hash = $1", code.as_bytes())
        .fetch_optional(tx)
        .await?;
    Ok(found)
}

/// With the account locked: nobody else uses the code meanwhile.
async fn read(tx: &mut PgConnection, code: Digest) -> Result<Option<StoredCode>> {
    let found = sqlx::query!(
        r#"SELECT account_id, client_id, redirect_uri, code_challenge, scopes, session_id, expire_time <= now() AS "expired!"
           FROM authorization_codes WHERE code_hash = $1"#,
        code.as_bytes()
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = found else { return Ok(None) };
    let challenge = Challenge::parse(&row.code_challenge).map_err(|wrong| sqlx::Error::Decode(wrong.into()))?;
    let grant = Grant {
        account_id: row.account_id,
        client_id: row.client_id,
        redirect_uri: row.redirect_uri,
        challenge,
        scopes: row.scopes,
    };
    Ok(Some(StoredCode { grant, session_id: row.session_id, expired: row.expired }))
}

async fn open(tx: &mut PgConnection, grant: Grant, exchange: &Exchange) -> Result<Opened> {
    let opened = Opened { account_id: grant.account_id, session_id: Uuid::now_v7(), scopes: grant.scopes };
    sqlx::query!(
        "INSERT INTO sessions (session_id, account_id, client_id, scopes, user_agent, expire_time)
         VALUES ($1, $2, $3, $4, $5, $6)",
        opened.session_id,
        opened.account_id,
        exchange.client_id,
        &opened.scopes,
        exchange.user_agent,
        exchange.refresh_expire_time
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO refresh_tokens (token_hash, session_id, expire_time) VALUES ($1, $2, $3)",
        exchange.refresh_token.as_bytes(),
        opened.session_id,
        exchange.refresh_expire_time
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE authorization_codes SET session_id = $2 WHERE code_hash = $1",
        exchange.code.as_bytes(),
        opened.session_id
    )
    .execute(tx)
    .await?;
    Ok(opened)
}

//! Accounts.

use social_database::{Error, Result, answers, violates};
use social_proto::auth::v1::RegisterResponse;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, events, sessions};
use crate::domain::{Account, Email, Handle, Login, Reason, Secret};

/// An account to be stored.
pub struct NewAccount {
    pub account_id: Uuid,
    pub handle: Handle,
    pub email: Email,
    /// Argon2id, in PHC format.
    pub password_hash: Secret,
}

/// What became of a change of password.
pub enum PasswordChange {
    /// It is changed; these sessions ended.
    Done(Vec<Uuid>),
    /// Another change came first, or the account is gone.
    Overtaken,
}

/// What became of a deletion.
pub enum Closed {
    /// The account is gone, with these sessions.
    Done(Vec<Uuid>),
    /// The password was changed since it was checked, or the account was already gone.
    Overtaken,
}

impl Store {
    /// Stores the account and its event, once for each request.
    ///
    /// # Errors
    /// ALREADY_EXISTS when the handle or the address is taken, without telling which.
    pub async fn register(&self, once: &answers::Key, account: &NewAccount) -> Result<RegisterResponse> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            if let Some(answer) = answers::find::<RegisterResponse>(&mut tx, once).await? {
                return Ok(answer);
            }
            insert(&mut tx, account).await?;
            events::registered(&mut tx, account.account_id, account.handle.as_str()).await?;
            let answer = RegisterResponse { account_id: account.account_id.to_string() };
            answers::store(&mut tx, once, &answer).await?;
            tx.commit().await?;
            Ok(answer)
        })
        .await
    }

    pub async fn account_by_login(&self, login: &Login) -> Result<Option<Account>> {
        let (handle, email) = match login {
            Login::Handle(handle) => (Some(handle.as_str()), None),
            Login::Email(email) => (None, Some(email.as_str())),
            Login::Impossible(_) => (None, None),
        };
        let found = sqlx::query!(
            "SELECT account_id, password_hash FROM accounts WHERE handle = $1 OR email = $2",
            handle,
            email
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.map(|row| Account { account_id: row.account_id, password_hash: Secret::new(row.password_hash) }))
    }

    pub async fn account(&self, account_id: Uuid) -> Result<Option<Account>> {
        let found = sqlx::query_scalar!("SELECT password_hash FROM accounts WHERE account_id = $1", account_id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.map(|hash| Account { account_id, password_hash: Secret::new(hash) }))
    }

    /// Sets a password in place of the one that was checked and ends all sessions but `keep`.
    pub async fn change_password(&self, checked: &Account, new_hash: &Secret, keep: Uuid) -> Result<PasswordChange> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let changed = sqlx::query!(
                "UPDATE accounts SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2",
                checked.account_id,
                checked.password_hash.expose(),
                new_hash.expose()
            )
            .execute(&mut *tx)
            .await?;
            if changed.rows_affected() == 0 {
                return Ok(PasswordChange::Overtaken);
            }
            events::password_changed(&mut tx, checked.account_id).await?;
            let ended = sessions::revoke_all(&mut tx, checked.account_id, Some(keep), Reason::PasswordChanged).await?;
            tx.commit().await?;
            Ok(PasswordChange::Done(ended))
        })
        .await
    }

    /// Deletes an account whose password was checked; sessions, tokens and codes go with it.
    pub async fn delete_account(&self, checked: &Account) -> Result<Closed> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let unchanged = sqlx::query_scalar!(
                "SELECT account_id FROM accounts WHERE account_id = $1 AND password_hash = $2 FOR UPDATE",
                checked.account_id,
                checked.password_hash.expose()
            )
            .fetch_optional(&mut *tx)
            .await?;
            if unchanged.is_none() {
                return Ok(Closed::Overtaken);
            }
            // For Redis, which only makes the end known sooner: what is beyond the limit is noticed when it forgets.
            let ended = sqlx::query_scalar!(
                "SELECT session_id FROM sessions WHERE account_id = $1 AND revoke_time IS NULL LIMIT 1000",
                checked.account_id
            )
            .fetch_all(&mut *tx)
            .await?;
            events::deleted(&mut tx, checked.account_id).await?;
            sqlx::query!("DELETE FROM accounts WHERE account_id = $1", checked.account_id).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(Closed::Done(ended))
        })
        .await
    }
}

async fn insert(tx: &mut PgConnection, account: &NewAccount) -> Result<()> {
    let inserted = sqlx::query!(
        "INSERT INTO accounts (account_id, handle, email, password_hash) VALUES ($1, $2, $3, $4)",
        account.account_id,
        account.handle.as_str(),
        account.email.as_str(),
        account.password_hash.expose()
    )
    .execute(tx)
    .await;
    match inserted {
        Err(error) if violates(&error, "accounts_handle_key") || violates(&error, "accounts_email_key") => {
            Err(Error::Refused(social_runtime::Error::already_exists("the handle or the address is taken")))
        }
        other => Ok(other.map(drop)?),
    }
}

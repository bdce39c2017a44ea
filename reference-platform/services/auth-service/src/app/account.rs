//! Registration, the password, deletion.

use social_auth::Caller;
use social_database::answers;
use social_proto::auth::v1::RegisterRequest;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result};
use uuid::Uuid;

use super::{App, checked, parsed, user};
use crate::domain::account::entered_password;
use crate::domain::{Account, Email, Handle, NewPassword, Secret};
use crate::store::{Closed, NewAccount, PasswordChange};

/// Who wants an account.
pub struct Registration {
    pub request_id: String,
    pub handle: String,
    pub email: String,
    pub password: String,
}

impl App {
    /// Creates an account and gives its id.
    pub async fn register(&self, input: Registration) -> Result<String> {
        let mut request = Validation::new();
        let request_id = request.uuid("request_id", &input.request_id);
        let handle = parsed(&mut request, "handle", Handle::parse(&input.handle));
        let email = parsed(&mut request, "email", Email::parse(&input.email));
        let password = parsed(&mut request, "password", NewPassword::parse(input.password));
        request.finish()?;
        let (handle, email, password) = (checked(handle)?, checked(email)?, checked(password)?);

        let once = registration_key(request_id, &handle, &email);
        let password_hash = self.passwords.hash(password.into_secret()).await?;
        let account = NewAccount { account_id: Uuid::now_v7(), handle, email, password_hash };
        let answer = self.store.register(&once, &account).await?;
        Ok(answer.account_id)
    }

    /// Sets a new password and ends all other sessions of the account.
    pub async fn change_password(&self, caller: &Caller, current: String, new: String) -> Result<()> {
        user(caller)?;
        let mut request = Validation::new();
        request.check("new_password", current != new, "must be other than the current one");
        let current = parsed(&mut request, "current_password", entered_password(current));
        let new = parsed(&mut request, "new_password", NewPassword::parse(new));
        request.finish()?;
        let (current, new) = (checked(current)?, checked(new)?);

        let (account_id, session_id) = self.own_session(caller).await?;
        let account = self.confirmed(account_id, current).await?;
        let new_hash = self.passwords.hash(new.into_secret()).await?;
        match self.store.change_password(&account, &new_hash, session_id).await? {
            PasswordChange::Done(ended) => {
                self.tell_revoked(&ended).await;
                Ok(())
            }
            PasswordChange::Overtaken => Err(Error::aborted("the password was changed at the same time")),
        }
    }

    /// Deletes the account. One that is already gone is no error.
    pub async fn delete_account(&self, caller: &Caller, password: String) -> Result<()> {
        let (account_id, _) = user(caller)?;
        let password = entered_password(password).map_err(|wrong| Error::invalid("password", wrong))?;

        if self.store.account(account_id).await?.is_none() {
            return Ok(());
        }
        self.own_session(caller).await?;
        let account = self.confirmed(account_id, password).await?;
        match self.store.delete_account(&account).await? {
            Closed::Done(ended) => {
                self.tell_revoked(&ended).await;
                Ok(())
            }
            Closed::Overtaken => Err(Error::aborted("the account was changed at the same time")),
        }
    }

    /// The account of a caller who knows its password. Tries are limited as those of a login are.
    async fn confirmed(&self, account_id: Uuid, password: Secret) -> Result<Account> {
        self.limits.per_login.check(&account_id.to_string()).await?;
        let account = self.store.account(account_id).await?.ok_or_else(super::session_ended)?;
        if self.passwords.verify(password, Some(account.password_hash.clone())).await? {
            Ok(account)
        } else {
            Err(Error::permission_denied("the password is not right").with_reason("WRONG_PASSWORD"))
        }
    }
}

/// By what is not secret: nobody can check guesses of a password against what is stored.
fn registration_key(request_id: Uuid, handle: &Handle, email: &Email) -> answers::Key {
    let request = RegisterRequest {
        request_id: request_id.to_string(),
        handle: handle.as_str().to_owned(),
        email: email.as_str().to_owned(),
        password: String::new(),
    };
    answers::Key::new(Uuid::nil(), "social.auth.v1.AuthService/Register", request_id, &request)
}

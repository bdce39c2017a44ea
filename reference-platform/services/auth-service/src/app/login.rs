//! The authorization endpoint: a password for a code.

use social_runtime::validate::{IDENTIFIER, ONE_LINE, Validation};
use social_runtime::{Error, Result};
use time::OffsetDateTime;

use super::{App, checked, parsed};
use crate::domain::account::{MAX_LOGIN, entered_password};
use crate::domain::oauth::is_scope;
use crate::domain::{CODE_TTL, Challenge, Client, Grant, Login, Secret};

/// Who asks for a code, for which client.
pub struct Authorization {
    pub client_id: String,
    pub redirect_uri: String,
    pub code_challenge: String,
    pub scopes: Vec<String>,
    pub login: String,
    pub password: String,
}

/// An [`Authorization`] whose fields are well formed.
struct Checked {
    client: Client,
    redirect_uri: String,
    challenge: Challenge,
    scopes: Vec<String>,
    login: Login,
    password: Secret,
}

impl App {
    /// Checks a password and gives a code. `origin` is what limits per address count.
    pub async fn authorize(&self, input: Authorization, origin: &str) -> Result<Secret> {
        let checked = self.check(input).await?;
        self.limits.per_address.check(origin).await?;
        // The login may be an address: Redis gets its hash.
        let login = Secret::new(checked.login.as_str().to_owned());
        self.limits.per_login.check(&login.digest().to_base64url()).await?;

        let account = self.store.account_by_login(&checked.login).await?;
        let known = account.as_ref().map(|account| account.password_hash.clone());
        let right = self.passwords.verify(checked.password, known).await?;
        let Some(account) = account.filter(|_| right) else {
            metrics::counter!("auth_logins_total", "outcome" => "refused").increment(1);
            return Err(refused());
        };

        let grant = Grant {
            account_id: account.account_id,
            scopes: checked.client.grant(&checked.scopes),
            client_id: checked.client.client_id,
            redirect_uri: checked.redirect_uri,
            challenge: checked.challenge,
        };
        let code = Secret::random().map_err(Error::internal)?;
        let expire_time = OffsetDateTime::now_utc() + CODE_TTL;
        if !self.store.add_code(code.digest(), &grant, account.password_hash.expose(), expire_time).await? {
            return Err(refused());
        }
        metrics::counter!("auth_logins_total", "outcome" => "accepted").increment(1);
        Ok(code)
    }

    /// What is wrong with the request itself may be told: it says nothing about accounts.
    async fn check(&self, input: Authorization) -> Result<Checked> {
        let mut request = Validation::new();
        request.text("client_id", &input.client_id, 1..=64);
        request.characters("client_id", &input.client_id, IDENTIFIER);
        request.text("redirect_uri", &input.redirect_uri, 1..=2000);
        request.characters("redirect_uri", &input.redirect_uri, ONE_LINE);
        let challenge = parsed(&mut request, "code_challenge", Challenge::parse(&input.code_challenge));
        if request.list("scopes", &input.scopes, 0..=10) {
            request.check("scopes", input.scopes.iter().all(|scope| is_scope(scope)), "must be scopes of RFC 6749");
        }
        request.text("login", &input.login, 1..=MAX_LOGIN);
        let password = parsed(&mut request, "password", entered_password(input.password));
        request.finish()?;

        let client = self.store.client(&input.client_id).await?;
        let client =
            client.ok_or_else(|| Error::invalid("client_id", "is not registered").with_reason("INVALID_CLIENT"))?;
        if !client.redirect_uris.contains(&input.redirect_uri) {
            return Err(Error::invalid("redirect_uri", "is not registered for this client"));
        }
        if !input.scopes.is_empty() && client.grant(&input.scopes).is_empty() {
            return Err(Error::invalid("scopes", "none of them can be granted").with_reason("INVALID_SCOPE"));
        }
        Ok(Checked {
            client,
            redirect_uri: input.redirect_uri,
            challenge: checked(challenge)?,
            scopes: input.scopes,
            login: Login::parse(&input.login),
            password: checked(password)?,
        })
    }
}

/// The same for an unknown account and for a wrong password.
fn refused() -> Error {
    Error::unauthenticated("login or password is not right").with_reason("WRONG_CREDENTIALS")
}

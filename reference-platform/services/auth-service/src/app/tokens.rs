//! The token endpoint: codes and refresh tokens for tokens; revocation and introspection.

use std::time::Duration;

use social_auth::{Caller, Claims, INTERNAL, Kind, OPERATOR};
use social_runtime::validate::{IDENTIFIER, ONE_LINE, Validation};
use social_runtime::{Error, Result};
use time::OffsetDateTime;
use tonic::Code;
use uuid::Uuid;

use super::{App, checked, parsed};
use crate::domain::{Secret, Verifier, session};
use crate::keyring::Ring;
use crate::store::{CodeUse, Exchange, Liveness, Opened, Refresh, RefreshUse};

/// A longer token was never made here.
const MAX_TOKEN: usize = 4096;

/// A client that exchanges a code.
pub struct CodeExchange {
    pub client_id: String,
    pub code: String,
    pub redirect_uri: String,
    pub code_verifier: String,
    /// As the client calls itself.
    pub user_agent: String,
}

/// What the token endpoint gives.
pub struct TokenSet {
    pub access_token: Secret,
    pub expires_in: Duration,
    pub refresh_token: Secret,
    pub scopes: Vec<String>,
}

/// A valid access token.
pub struct Introspection {
    pub account_id: Uuid,
    pub session_id: Uuid,
    pub scopes: Vec<String>,
    pub expire_time: OffsetDateTime,
}

impl App {
    /// Opens a session for a code.
    pub async fn exchange_code(&self, input: CodeExchange) -> Result<TokenSet> {
        let mut request = Validation::new();
        request.text("client_id", &input.client_id, 1..=64);
        request.characters("client_id", &input.client_id, IDENTIFIER);
        request.text("code", &input.code, 1..=MAX_TOKEN);
        request.text("redirect_uri", &input.redirect_uri, 1..=2000);
        request.characters("redirect_uri", &input.redirect_uri, ONE_LINE);
        let verifier = parsed(&mut request, "code_verifier", Verifier::parse(input.code_verifier));
        request.finish()?;

        // Before the code is spent: what cannot be signed must not be taken.
        let ring = self.keys.signing().await?;
        let refresh_token = Secret::random().map_err(Error::internal)?;
        let exchange = Exchange {
            code: Secret::new(input.code).digest(),
            client_id: input.client_id,
            redirect_uri: input.redirect_uri,
            verifier: checked(verifier)?,
            user_agent: session::user_agent(&input.user_agent),
            refresh_token: refresh_token.digest(),
            refresh_expire_time: self.refresh_expire_time(),
        };
        match self.store.exchange(&exchange).await? {
            CodeUse::Opened(opened) => self.token_set(&ring, opened, refresh_token),
            CodeUse::Refused => Err(invalid_grant()),
            CodeUse::Reused(ended) => {
                self.report_reuse("code", &ended).await;
                Err(invalid_grant())
            }
        }
    }

    /// Spends a refresh token for new tokens.
    pub async fn refresh_tokens(&self, client_id: String, refresh_token: String) -> Result<TokenSet> {
        let mut request = Validation::new();
        request.text("client_id", &client_id, 1..=64);
        request.characters("client_id", &client_id, IDENTIFIER);
        request.text("refresh_token", &refresh_token, 1..=MAX_TOKEN);
        request.finish()?;

        let ring = self.keys.signing().await?;
        let next = Secret::random().map_err(Error::internal)?;
        let refresh = Refresh {
            token: Secret::new(refresh_token).digest(),
            client_id,
            next: next.digest(),
            next_expire_time: self.refresh_expire_time(),
        };
        match self.store.refresh(&refresh).await? {
            RefreshUse::Renewed(opened) => self.token_set(&ring, opened, next),
            RefreshUse::Refused => Err(invalid_grant()),
            RefreshUse::Reused(ended) => {
                self.report_reuse("refresh_token", &ended).await;
                Err(invalid_grant())
            }
        }
    }

    /// Ends the session that a token belongs to. Whoever has the token may do that; an unknown one is no error.
    pub async fn revoke_token(&self, token: String) -> Result<()> {
        let mut request = Validation::new();
        request.text("token", &token, 1..=MAX_TOKEN);
        request.finish()?;

        let session = match self.store.session_of_refresh_token(Secret::new(token.clone()).digest()).await? {
            Some(session) => Some(session),
            None => self.session_of_access_token(&token).await?,
        };
        if let Some((account_id, session_id)) = session {
            let ended = self.store.revoke_session(account_id, session_id).await?;
            self.tell_revoked(&ended).await;
        }
        Ok(())
    }

    /// What an access token is worth now; `None` when it is not valid. Services may ask for each, a person for tokens of their own.
    pub async fn introspect(&self, caller: &Caller, access_token: String) -> Result<Option<Introspection>> {
        let mut request = Validation::new();
        request.text("access_token", &access_token, 1..=MAX_TOKEN);
        request.finish()?;

        let Some(token) = self.verify(&access_token).await? else { return Ok(None) };
        let Kind::User { account_id, session_id } = token.kind else { return Ok(None) };
        match caller.kind {
            Kind::User { account_id: own, .. } if own != account_id => {
                return Err(Error::permission_denied("this is the token of another account"));
            }
            Kind::User { .. } => {}
            _ if caller.scopes.iter().any(|scope| scope == INTERNAL || scope == OPERATOR) => {}
            _ => return Err(Error::permission_denied("the scope internal or operator is needed")),
        }
        if !self.lives(account_id, session_id).await? {
            return Ok(None);
        }
        // The signature was verified above.
        let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(&access_token).map_err(Error::internal)?;
        let expire_time = i64::try_from(claims.exp).map_err(Error::internal)?;
        let expire_time = OffsetDateTime::from_unix_timestamp(expire_time).map_err(Error::internal)?;
        Ok(Some(Introspection { account_id, session_id, scopes: token.scopes, expire_time }))
    }

    /// Redis first; PostgreSQL when that knows nothing or cannot be reached.
    async fn lives(&self, account_id: Uuid, session_id: Uuid) -> Result<bool> {
        let known = self.revocations.look(session_id).await;
        let reachable = known.is_ok();
        match known.unwrap_or(Liveness::Unknown) {
            Liveness::Revoked => return Ok(false),
            Liveness::Live => return Ok(true),
            Liveness::Unknown => {}
        }
        let live = self.store.is_live(account_id, session_id).await?;
        if reachable {
            let remembered = if live {
                self.revocations.remember_live(session_id).await
            } else {
                self.revocations.revoke(&[session_id]).await
            };
            if let Err(error) = remembered {
                tracing::debug!(%error, "the state of a session did not reach Redis");
            }
        }
        Ok(live)
    }

    async fn session_of_access_token(&self, token: &str) -> Result<Option<(Uuid, Uuid)>> {
        let verified = self.verify(token).await?;
        Ok(verified.and_then(|token| match token.kind {
            Kind::User { account_id, session_id } => Some((account_id, session_id)),
            _ => None,
        }))
    }

    /// `None` for whatever is no valid token of this platform.
    async fn verify(&self, token: &str) -> Result<Option<Caller>> {
        match self.verifier.verify(token).await {
            Ok(caller) => Ok(Some(caller)),
            Err(error) if error.code() == Code::Unauthenticated => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn token_set(&self, ring: &Ring, opened: Opened, refresh_token: Secret) -> Result<TokenSet> {
        let now = jsonwebtoken::get_current_timestamp();
        let claims = Claims {
            iss: self.lifetimes.issuer.clone(),
            aud: self.lifetimes.audience.clone(),
            sub: opened.account_id.to_string(),
            iat: now,
            exp: now + self.lifetimes.access_token.as_secs(),
            nbf: None,
            sid: Some(opened.session_id),
            scope: opened.scopes.join(" "),
        };
        let access_token = ring.sign(&claims)?;
        Ok(TokenSet { access_token, expires_in: self.lifetimes.access_token, refresh_token, scopes: opened.scopes })
    }

    fn refresh_expire_time(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.lifetimes.refresh_token
    }

    async fn report_reuse(&self, what: &'static str, ended: &[Uuid]) {
        metrics::counter!("auth_reuse_detected_total", "what" => what).increment(1);
        tracing::warn!(what, sessions = ended.len(), "something spent came again");
        self.tell_revoked(ended).await;
    }
}

/// One answer for all that is wrong with a code or a refresh token.
fn invalid_grant() -> Error {
    Error::unauthenticated("the code or token is not valid").with_reason("INVALID_GRANT")
}

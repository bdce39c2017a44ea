//! Registration and login: OAuth 2, authorization code with PKCE (RFC 7636).

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use social_proto::auth::v1::{AuthorizeRequest, ExchangeCodeRequest, RefreshTokensRequest, RegisterRequest, TokenSet};
use social_proto::user::v1::get_profile_request::By;
use social_proto::user::v1::{GetProfileRequest, Profile};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{Api, Channels};

/// The client that auth-service knows from its first migration.
const CLIENT: &str = "social-app";
const REDIRECT: &str = "http://127.0.0.1:7878/callback";

/// Somebody who has logged in.
#[derive(Clone)]
pub struct Session {
    /// The account, which is also the id of the user.
    pub account_id: String,
    /// By which others find the user.
    pub handle: String,
    /// JWT, for what has no client here: REST, WebSocket.
    pub access_token: String,
    /// Spent by its first use.
    pub refresh_token: String,
    /// All APIs as this user.
    pub api: Api,
}

/// Makes an account, or gives the id of the one that the same handle made before.
pub async fn register(channels: &Channels, handle: &str, password: &str) -> Result<Option<String>, Status> {
    let request = RegisterRequest {
        // The same for a handle: whoever seeds twice registers once.
        request_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, handle.as_bytes()).to_string(),
        handle: handle.to_owned(),
        email: format!("{handle}@social.example"),
        password: password.to_owned(),
    };
    match channels.auth().register(request).await {
        Ok(response) => Ok(Some(response.into_inner().account_id)),
        // The stored answer was purged since.
        Err(status) if status.code() == Code::AlreadyExists => Ok(None),
        Err(status) => Err(status),
    }
}

/// Logs in as a native app does: password for a code, code and verifier for tokens.
pub async fn log_in(channels: &Channels, handle: &str, password: &str) -> Result<Session, Status> {
    let code_verifier = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let authorize = AuthorizeRequest {
        client_id: CLIENT.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        code_challenge: URL_SAFE_NO_PAD.encode(Sha256::digest(&code_verifier)),
        scopes: vec!["social:read".to_owned(), "social:write".to_owned()],
        login: handle.to_owned(),
        password: password.to_owned(),
    };
    let code = channels.auth().authorize(authorize).await?.into_inner().code;
    let exchange =
        ExchangeCodeRequest { client_id: CLIENT.to_owned(), code, redirect_uri: REDIRECT.to_owned(), code_verifier };
    let tokens = channels.auth().exchange_code(exchange).await?.into_inner().tokens.unwrap_or_default();
    Session::new(channels, handle, tokens)
}

impl Session {
    /// Whose token it is stands in it. Its signature is what services look at; a client has no use for that.
    fn new(channels: &Channels, handle: &str, tokens: TokenSet) -> Result<Self, Status> {
        let account_id = subject(&tokens.access_token).map_err(|error| Status::internal(format!("{error:#}")))?;
        let api = channels.with_token(&tokens.access_token);
        let TokenSet { access_token, refresh_token, .. } = tokens;
        Ok(Self { account_id, handle: handle.to_owned(), access_token, refresh_token, api })
    }

    /// The same session with new tokens.
    pub async fn refresh(&self, channels: &Channels) -> Result<Self, Status> {
        let request = RefreshTokensRequest { client_id: CLIENT.to_owned(), refresh_token: self.refresh_token.clone() };
        let tokens = channels.auth().refresh_tokens(request).await?.into_inner().tokens.unwrap_or_default();
        Self::new(channels, &self.handle, tokens)
    }
}

/// The profile of a user, which comes into being by the event of the registration: NOT_FOUND until then.
pub async fn profile_made(session: &Session) -> Result<Profile, Status> {
    let request = GetProfileRequest { by: Some(By::UserId(session.account_id.clone())) };
    let profile = session.api.users().get_profile(request).await?.into_inner().profile;
    profile.ok_or_else(|| Status::internal("an answer without a profile"))
}

fn subject(token: &str) -> Result<String> {
    let claims = token.split('.').nth(1).context("the access token is no JWT")?;
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
    Ok(claims["sub"].as_str().context("the access token names nobody")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_token_it_is_stands_in_it() {
        let token = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(subject(&token(r#"{"sub":"ada"}"#)).unwrap(), "ada");
        assert!(subject(&token("{}")).is_err());
        assert!(subject("opaque").is_err());
    }
}

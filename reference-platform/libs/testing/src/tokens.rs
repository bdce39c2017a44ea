//! An issuer of tokens for tests: what auth-service is to the others, with keys of its own.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use social_auth::{
    Claims, KeySource, Kind, PLATFORM_KID, ServiceIdentity, Settings, SigningKey, TlsSettings, TokenSettings, Verifier,
};
use social_client::with_bearer;
use social_proto::auth::v1::auth_service_server::{AuthService, AuthServiceServer};
use social_proto::auth::v1::*;
use social_runtime::Error;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{Fake, serve_fake};

/// Issues tokens. Clones share keys and what was revoked.
#[derive(Clone, Debug)]
pub struct Tokens {
    users: SigningKey,
    platform: SigningKey,
    settings: TokenSettings,
    revoked: Arc<Mutex<HashSet<Uuid>>>,
}

#[allow(clippy::new_without_default, reason = "keys are made, which a default would hide")]
impl Tokens {
    /// An issuer with new keys: its tokens are valid for nobody else.
    ///
    /// # Panics
    ///
    /// When no key can be made, in which case nothing works.
    pub fn new() -> Self {
        #[allow(clippy::expect_used, reason = "without keys no test can run")]
        let key = |kid: &str| SigningKey::generate(kid).expect("a key can be made");
        let (users, platform) = (key("test-1"), key(PLATFORM_KID));
        let settings = TokenSettings {
            token_issuer: "https://auth.test".to_owned(),
            token_audience: "social".to_owned(),
            service_token_public_key: platform.public_pem(),
            service_token_key: Some(platform.to_pem().into()),
        };
        Self { users, platform, settings, revoked: Arc::default() }
    }

    /// Settings for a service that trusts this issuer, which [`Tokens::serve`] serves at `auth_url`.
    pub fn settings(&self, auth_url: &str) -> Settings {
        Settings { auth_service_url: auth_url.to_owned(), tokens: self.settings.clone(), tls: TlsSettings::default() }
    }

    /// Settings of tokens, for who needs no auth-service.
    pub fn token_settings(&self) -> &TokenSettings {
        &self.settings
    }

    /// A token of a user, in a session of its own. Valid for ten minutes, like all.
    pub fn user(&self, account_id: Uuid) -> String {
        self.user_session(account_id, Uuid::new_v4())
    }

    /// A token of a user in this session.
    pub fn user_session(&self, account_id: Uuid, session_id: Uuid) -> String {
        self.sign(&self.users, account_id.to_string(), Some(session_id), "", now() + 600)
    }

    /// A token of a user that has ended a minute ago.
    pub fn expired(&self, account_id: Uuid) -> String {
        self.sign(&self.users, account_id.to_string(), Some(Uuid::new_v4()), "", now() - 60)
    }

    /// A token of a service that acts on its own.
    pub fn service(&self, name: &str) -> String {
        self.sign(&self.platform, format!("service:{name}"), None, social_auth::INTERNAL, now() + 600)
    }

    /// A token of an operator.
    pub fn operator(&self) -> String {
        self.sign(&self.platform, "operator:test".to_owned(), None, social_auth::OPERATOR, now() + 600)
    }

    /// `message` with a token of this user.
    pub fn request_as<T>(&self, account_id: Uuid, message: T) -> Request<T> {
        #[allow(clippy::expect_used, reason = "a signed token is base64url and dots")]
        with_bearer(Request::new(message), &self.user(account_id)).expect("a token is a header value")
    }

    /// The identity of a service, whose tokens this issuer's verifiers accept.
    pub fn identity(&self, name: &'static str) -> anyhow::Result<ServiceIdentity> {
        ServiceIdentity::new(name, &self.settings)
    }

    /// From now on `IntrospectToken` says that tokens of this session are not active. Their signature stays good.
    pub fn revoke(&self, session_id: Uuid) {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).insert(session_id);
    }

    /// Serves `GetJwks` and `IntrospectToken`; the other methods of auth-service are UNIMPLEMENTED.
    pub async fn serve(&self) -> anyhow::Result<Fake> {
        let verifier = Verifier::new(self.clone(), &self.settings)?;
        serve_fake(AuthServiceServer::new(Issuer { tokens: self.clone(), verifier })).await
    }

    fn sign(&self, key: &SigningKey, sub: String, sid: Option<Uuid>, scope: &str, exp: u64) -> String {
        let claims = Claims {
            iss: self.settings.token_issuer.clone(),
            aud: self.settings.token_audience.clone(),
            sub,
            iat: exp - 600,
            exp,
            nbf: None,
            sid,
            scope: scope.to_owned(),
        };
        #[allow(clippy::expect_used, reason = "a key that was made can sign")]
        key.sign(&claims).expect("a token can be signed")
    }
}

#[async_trait]
impl KeySource for Tokens {
    async fn keys(&self) -> Result<GetJwksResponse, Error> {
        let max_age = prost_types::Duration { seconds: 600, nanos: 0 };
        Ok(GetJwksResponse { keys: vec![self.users.jwk()], max_age: Some(max_age) })
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// What of auth-service other services call.
struct Issuer {
    tokens: Tokens,
    verifier: Verifier,
}

#[async_trait]
impl AuthService for Issuer {
    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
        Ok(Response::new(self.tokens.keys().await?))
    }

    async fn introspect_token(
        &self,
        request: Request<IntrospectTokenRequest>,
    ) -> Result<Response<IntrospectTokenResponse>, Status> {
        let Ok(caller) = self.verifier.verify(&request.into_inner().access_token).await else {
            return Ok(Response::new(IntrospectTokenResponse::default()));
        };
        let Kind::User { account_id, session_id } = caller.kind else {
            return Ok(Response::new(IntrospectTokenResponse::default()));
        };
        if self.tokens.revoked.lock().unwrap_or_else(PoisonError::into_inner).contains(&session_id) {
            return Ok(Response::new(IntrospectTokenResponse::default()));
        }
        Ok(Response::new(IntrospectTokenResponse {
            active: true,
            account_id: account_id.to_string(),
            session_id: session_id.to_string(),
            scopes: caller.scopes,
            expire_time: Some(
                SystemTime::now().checked_add(Duration::from_secs(600)).map_or_else(Default::default, Into::into),
            ),
        }))
    }

    async fn register(&self, _: Request<RegisterRequest>) -> Result<Response<RegisterResponse>, Status> {
        Err(not_here())
    }

    async fn authorize(&self, _: Request<AuthorizeRequest>) -> Result<Response<AuthorizeResponse>, Status> {
        Err(not_here())
    }

    async fn exchange_code(&self, _: Request<ExchangeCodeRequest>) -> Result<Response<ExchangeCodeResponse>, Status> {
        Err(not_here())
    }

    async fn refresh_tokens(
        &self,
        _: Request<RefreshTokensRequest>,
    ) -> Result<Response<RefreshTokensResponse>, Status> {
        Err(not_here())
    }

    async fn revoke_token(&self, _: Request<RevokeTokenRequest>) -> Result<Response<RevokeTokenResponse>, Status> {
        Err(not_here())
    }

    async fn rotate_signing_key(
        &self,
        _: Request<RotateSigningKeyRequest>,
    ) -> Result<Response<RotateSigningKeyResponse>, Status> {
        Err(not_here())
    }

    async fn change_password(
        &self,
        _: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        Err(not_here())
    }

    async fn list_sessions(&self, _: Request<ListSessionsRequest>) -> Result<Response<ListSessionsResponse>, Status> {
        Err(not_here())
    }

    async fn revoke_sessions(
        &self,
        _: Request<RevokeSessionsRequest>,
    ) -> Result<Response<RevokeSessionsResponse>, Status> {
        Err(not_here())
    }

    async fn delete_account(
        &self,
        _: Request<DeleteAccountRequest>,
    ) -> Result<Response<DeleteAccountResponse>, Status> {
        Err(not_here())
    }
}

fn not_here() -> Status {
    Status::unimplemented("the issuer of tests knows tokens only")
}

//! The gRPC edge: from a message to a use case and back.

use std::sync::Arc;

use social_auth::caller;
use social_proto::auth::v1::auth_service_server::AuthService;
use social_proto::auth::v1::{
    self as proto, AuthorizeRequest, AuthorizeResponse, ChangePasswordRequest, ChangePasswordResponse,
    DeleteAccountRequest, DeleteAccountResponse, ExchangeCodeRequest, ExchangeCodeResponse, GetJwksRequest,
    GetJwksResponse, IntrospectTokenRequest, IntrospectTokenResponse, ListSessionsRequest, ListSessionsResponse,
    RefreshTokensRequest, RefreshTokensResponse, RegisterRequest, RegisterResponse, RevokeSessionsRequest,
    RevokeSessionsResponse, RevokeTokenRequest, RevokeTokenResponse, RotateSigningKeyRequest, RotateSigningKeyResponse,
};
use social_runtime::timestamp;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use crate::app::{App, Authorization, CodeExchange, Introspection, Registration, TokenSet};
use crate::domain::Session;

/// What needs no token: whoever calls these has none yet, or proves more by what it sends.
pub const PUBLIC: &[&str] = &[
    "/social.auth.v1.AuthService/Register",
    "/social.auth.v1.AuthService/Authorize",
    "/social.auth.v1.AuthService/ExchangeCode",
    "/social.auth.v1.AuthService/RefreshTokens",
    "/social.auth.v1.AuthService/RevokeToken",
    "/social.auth.v1.AuthService/GetJwks",
];

/// No message of this service is longer; a long one would only be copied and refused.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// The contract on the use cases.
pub struct Auth {
    app: Arc<App>,
}

impl Auth {
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl AuthService for Auth {
    async fn register(&self, request: Request<RegisterRequest>) -> Result<Response<RegisterResponse>, Status> {
        let RegisterRequest { request_id, handle, email, password } = request.into_inner();
        let account_id = self.app.register(Registration { request_id, handle, email, password }).await?;
        Ok(Response::new(RegisterResponse { account_id }))
    }

    async fn authorize(&self, request: Request<AuthorizeRequest>) -> Result<Response<AuthorizeResponse>, Status> {
        let peer = request.remote_addr().map(|address| address.ip());
        let origin = self.app.limits.origin(peer, forwarded_for(request.metadata()).as_deref());
        let AuthorizeRequest { client_id, redirect_uri, code_challenge, scopes, login, password } =
            request.into_inner();
        let input = Authorization { client_id, redirect_uri, code_challenge, scopes, login, password };
        let code = self.app.authorize(input, &origin).await?;
        Ok(Response::new(AuthorizeResponse { code: code.into_exposed() }))
    }

    async fn exchange_code(
        &self,
        request: Request<ExchangeCodeRequest>,
    ) -> Result<Response<ExchangeCodeResponse>, Status> {
        let user_agent = text(request.metadata(), "user-agent").unwrap_or_default().to_owned();
        let ExchangeCodeRequest { client_id, code, redirect_uri, code_verifier } = request.into_inner();
        let input = CodeExchange { client_id, code, redirect_uri, code_verifier, user_agent };
        let tokens = self.app.exchange_code(input).await?;
        Ok(Response::new(ExchangeCodeResponse { tokens: Some(token_set(tokens)) }))
    }

    async fn refresh_tokens(
        &self,
        request: Request<RefreshTokensRequest>,
    ) -> Result<Response<RefreshTokensResponse>, Status> {
        let RefreshTokensRequest { client_id, refresh_token } = request.into_inner();
        let tokens = self.app.refresh_tokens(client_id, refresh_token).await?;
        Ok(Response::new(RefreshTokensResponse { tokens: Some(token_set(tokens)) }))
    }

    async fn revoke_token(
        &self,
        request: Request<RevokeTokenRequest>,
    ) -> Result<Response<RevokeTokenResponse>, Status> {
        self.app.revoke_token(request.into_inner().token).await?;
        Ok(Response::new(RevokeTokenResponse {}))
    }

    async fn introspect_token(
        &self,
        request: Request<IntrospectTokenRequest>,
    ) -> Result<Response<IntrospectTokenResponse>, Status> {
        let caller = caller(&request)?.clone();
        let token = self.app.introspect(&caller, request.into_inner().access_token).await?;
        Ok(Response::new(token.map(introspection).unwrap_or_default()))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
        let published = self.app.public_keys().await?;
        let max_age = prost_types::Duration::try_from(published.max_age).ok();
        Ok(Response::new(GetJwksResponse { keys: published.keys, max_age }))
    }

    async fn rotate_signing_key(
        &self,
        request: Request<RotateSigningKeyRequest>,
    ) -> Result<Response<RotateSigningKeyResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.rotate_signing_key(&caller, &request.into_inner().request_id).await?))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        let caller = caller(&request)?.clone();
        let ChangePasswordRequest { current_password, new_password } = request.into_inner();
        self.app.change_password(&caller, current_password, new_password).await?;
        Ok(Response::new(ChangePasswordResponse {}))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let caller = caller(&request)?.clone();
        let ListSessionsRequest { page_size, page_token } = request.into_inner();
        let page = self.app.list_sessions(&caller, page_size, &page_token).await?;
        let sessions = page.sessions.into_iter().map(session).collect();
        Ok(Response::new(ListSessionsResponse { sessions, next_page_token: page.next_page_token }))
    }

    async fn revoke_sessions(
        &self,
        request: Request<RevokeSessionsRequest>,
    ) -> Result<Response<RevokeSessionsResponse>, Status> {
        let caller = caller(&request)?.clone();
        self.app.revoke_sessions(&caller, request.into_inner().keep_current).await?;
        Ok(Response::new(RevokeSessionsResponse {}))
    }

    async fn delete_account(
        &self,
        request: Request<DeleteAccountRequest>,
    ) -> Result<Response<DeleteAccountResponse>, Status> {
        let caller = caller(&request)?.clone();
        self.app.delete_account(&caller, request.into_inner().password).await?;
        Ok(Response::new(DeleteAccountResponse {}))
    }
}

fn token_set(tokens: TokenSet) -> proto::TokenSet {
    proto::TokenSet {
        access_token: tokens.access_token.into_exposed(),
        expires_in: prost_types::Duration::try_from(tokens.expires_in).ok(),
        refresh_token: tokens.refresh_token.into_exposed(),
        scopes: tokens.scopes,
    }
}

fn introspection(token: Introspection) -> IntrospectTokenResponse {
    IntrospectTokenResponse {
        active: true,
        account_id: token.account_id.to_string(),
        session_id: token.session_id.to_string(),
        scopes: token.scopes,
        expire_time: Some(timestamp::to_proto(token.expire_time)),
    }
}

fn session(session: Session) -> proto::Session {
    proto::Session {
        session_id: session.session_id.to_string(),
        client_id: session.client_id,
        user_agent: session.user_agent,
        create_time: Some(timestamp::to_proto(session.create_time)),
        last_used_time: Some(timestamp::to_proto(session.last_used_time)),
    }
}

fn text<'a>(metadata: &'a MetadataMap, name: &str) -> Option<&'a str> {
    metadata.get(name).and_then(|value| value.to_str().ok())
}

/// All lines of the header as one.
fn forwarded_for(metadata: &MetadataMap) -> Option<String> {
    let lines: Vec<&str> = metadata.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

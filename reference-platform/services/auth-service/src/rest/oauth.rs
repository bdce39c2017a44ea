//! `/oauth`: authorization, token and revocation endpoints.

use actix_web::http::header::{CACHE_CONTROL, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use social_runtime::{Error, Problem};
use utoipa::ToSchema;

use super::forms::{OAuthError, OAuthProblem, form, form_or_json};
use crate::app::{App, Authorization, CodeExchange, TokenSet};

/// What the platform's own application asks for after a person has typed login and password into it.
#[derive(Deserialize, ToSchema)]
struct AuthorizeForm {
    /// `code`, the only one.
    #[serde(default)]
    response_type: Option<String>,
    client_id: String,
    /// Exactly one of those that the client registered.
    redirect_uri: String,
    /// Base64url of the SHA-256 of the verifier.
    code_challenge: String,
    /// `S256`, the only one.
    #[serde(default)]
    code_challenge_method: Option<String>,
    /// Separated by spaces.
    #[serde(default)]
    scope: String,
    /// Comes back as it is, at most 512 characters.
    #[serde(default)]
    state: Option<String>,
    /// Handle or address.
    login: String,
    #[schema(format = "password")]
    password: String,
}

/// A code for the token endpoint.
#[derive(Serialize, ToSchema)]
struct AuthorizeAnswer {
    /// Lives for 60 seconds and works once.
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Who gave it (RFC 9207).
    iss: String,
}

/// A grant of RFC 6749: `authorization_code` with `code`, `redirect_uri` and `code_verifier`, or `refresh_token` with `refresh_token`.
#[derive(Deserialize, ToSchema)]
struct TokenForm {
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    code_verifier: String,
    #[serde(default)]
    refresh_token: String,
}

/// Tokens (RFC 6749, 5.1).
#[derive(Serialize, ToSchema)]
struct TokenAnswer {
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    refresh_token: String,
    /// Separated by spaces.
    scope: String,
}

#[derive(Deserialize, ToSchema)]
struct RevokeForm {
    /// An access token or a refresh token.
    token: String,
}

/// Checks a password and gives an authorization code.
#[utoipa::path(
    request_body(content((AuthorizeForm = "application/json"), (AuthorizeForm = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, body = AuthorizeAnswer),
        (status = 400, body = Problem),
        (status = 401, description = "login or password is not right", body = Problem),
        (status = 429, description = "too many attempts", body = Problem),
    )
)]
#[post("/oauth/authorize")]
pub async fn authorize(app: web::Data<App>, request: HttpRequest, body: web::Bytes) -> Result<HttpResponse, Error> {
    let input: AuthorizeForm = form_or_json(&request, &body)?;
    if input.response_type.is_some_and(|kind| kind != "code") {
        return Err(Error::invalid("response_type", "must be code"));
    }
    if input.code_challenge_method.is_some_and(|method| method != "S256") {
        return Err(Error::invalid("code_challenge_method", "must be S256"));
    }
    if input.state.as_ref().is_some_and(|state| state.chars().count() > 512) {
        return Err(Error::invalid("state", "must be at most 512 characters"));
    }
    let authorization = Authorization {
        client_id: input.client_id,
        redirect_uri: input.redirect_uri,
        code_challenge: input.code_challenge,
        scopes: input.scope.split_ascii_whitespace().map(str::to_owned).collect(),
        login: input.login,
        password: input.password,
    };
    let code = app.authorize(authorization, &origin(&app, &request)).await?;
    let answer = AuthorizeAnswer { code: code.into_exposed(), state: input.state, iss: app.lifetimes.issuer.clone() };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

/// Gives tokens for a code or a refresh token.
#[utoipa::path(
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer), (status = 400, body = OAuthProblem))
)]
#[post("/oauth/token")]
pub async fn token(app: web::Data<App>, request: HttpRequest, body: web::Bytes) -> Result<HttpResponse, OAuthError> {
    let input: TokenForm = form(&body)?;
    let tokens = match input.grant_type.as_str() {
        "authorization_code" => {
            let user_agent =
                request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let exchange = CodeExchange {
                client_id: input.client_id,
                code: input.code,
                redirect_uri: input.redirect_uri,
                code_verifier: input.code_verifier,
                user_agent: user_agent.to_owned(),
            };
            app.exchange_code(exchange).await?
        }
        "refresh_token" => app.refresh_tokens(input.client_id, input.refresh_token).await?,
        _ => return Err(OAuthError::UnsupportedGrantType),
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer(tokens)))
}

/// Revokes a token and its family (RFC 7009). An unknown token is no error.
#[utoipa::path(
    request_body(content = RevokeForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200), (status = 400, body = OAuthProblem))
)]
#[post("/oauth/revoke")]
pub async fn revoke(app: web::Data<App>, body: web::Bytes) -> Result<HttpResponse, OAuthError> {
    let input: RevokeForm = form(&body)?;
    app.revoke_token(input.token).await?;
    Ok(HttpResponse::Ok().finish())
}

fn answer(tokens: TokenSet) -> TokenAnswer {
    TokenAnswer {
        access_token: tokens.access_token.into_exposed(),
        token_type: "Bearer",
        expires_in: tokens.expires_in.as_secs(),
        refresh_token: tokens.refresh_token.into_exposed(),
        scope: tokens.scopes.join(" "),
    }
}

fn origin(app: &App, request: &HttpRequest) -> String {
    let lines: Vec<&str> =
        request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    let forwarded_for = (!lines.is_empty()).then(|| lines.join(","));
    app.limits.origin(request.peer_addr().map(|address| address.ip()), forwarded_for.as_deref())
}

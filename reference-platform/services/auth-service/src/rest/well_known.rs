//! `/.well-known`: keys (RFC 7517) and what the authorization server can do (RFC 8414).

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use social_proto::auth::v1::JsonWebKey;
use social_runtime::Error;
use utoipa::ToSchema;

use crate::app::App;

/// A public key that verifies signatures.
#[derive(Serialize, ToSchema)]
struct Jwk {
    kid: String,
    kty: String,
    alg: String,
    crv: String,
    x: String,
    y: String,
    /// `sig`.
    r#use: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Jwks {
    keys: Vec<Jwk>,
}

/// RFC 8414, 2.
#[derive(Serialize, ToSchema)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: [&'static str; 1],
    revocation_endpoint_auth_methods_supported: [&'static str; 1],
    code_challenge_methods_supported: [&'static str; 1],
    authorization_response_iss_parameter_supported: bool,
}

/// The keys that verify access tokens.
#[utoipa::path(responses((status = 200, body = Jwks)))]
#[get("/.well-known/jwks.json")]
pub async fn jwks(app: web::Data<App>) -> Result<HttpResponse, Error> {
    let published = app.public_keys().await?;
    let keys = published.keys.into_iter().map(jwk).collect();
    Ok(cached(published.max_age.as_secs()).json(Jwks { keys }))
}

/// Where the endpoints are and what they take.
#[utoipa::path(responses((status = 200, body = Metadata)))]
#[get("/.well-known/oauth-authorization-server")]
pub async fn metadata(app: web::Data<App>) -> HttpResponse {
    let issuer = app.lifetimes.issuer.clone();
    let at = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
    cached(3600).json(Metadata {
        authorization_endpoint: at("/oauth/authorize"),
        token_endpoint: at("/oauth/token"),
        revocation_endpoint: at("/oauth/revoke"),
        jwks_uri: at("/.well-known/jwks.json"),
        response_types_supported: ["code"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        token_endpoint_auth_methods_supported: ["none"],
        revocation_endpoint_auth_methods_supported: ["none"],
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        issuer,
    })
}

fn cached(seconds: u64) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, format!("public, max-age={seconds}")));
    response
}

fn jwk(key: JsonWebKey) -> Jwk {
    let JsonWebKey { kid, kty, alg, crv, x, y } = key;
    Jwk { kid, kty, alg, crv, x, y, r#use: "sig" }
}

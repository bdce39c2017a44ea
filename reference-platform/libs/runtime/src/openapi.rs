//! What descriptions of REST edges share.

use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify};

use crate::error::Problem;

/// Tells what the security scheme `token` is: `modifiers(&social_runtime::BearerToken)`, `security(("token" = []))`.
pub struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        document.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// What any route answers to a request that is not in order: `responses((status = 204), Refusal)`.
#[derive(IntoResponses)]
#[response(status = "4XX", description = "The request is not in order.", content_type = "application/problem+json")]
pub struct Refusal(#[expect(dead_code, reason = "it is described, never made")] Problem);

/// What a route answers that needs something which is away.
#[derive(IntoResponses)]
#[response(status = 503, description = "What is needed is away.", content_type = "application/problem+json")]
pub struct Outage(#[expect(dead_code, reason = "it is described, never made")] Problem);

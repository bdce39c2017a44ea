//! The REST edge: OAuth 2 for clients, accounts and sessions for their owners, keys for everybody, and the document that describes it.

mod accounts;
mod forms;
mod oauth;
mod sessions;
mod well_known;

use std::sync::Arc;

use actix_web::{HttpResponse, get, web};
use social_runtime::{BearerToken, Error, Problem};
use utoipa::OpenApi;

use crate::app::App;

/// No body of this service is longer.
const MAX_BODY_BYTES: usize = 16 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(title = "Auth", description = "Accounts, OAuth 2 with PKCE, tokens and the keys that verify them."),
    paths(
        oauth::authorize,
        oauth::token,
        oauth::revoke,
        accounts::register,
        accounts::change_password,
        accounts::delete,
        sessions::list,
        sessions::revoke,
        well_known::jwks,
        well_known::metadata,
    ),
    components(schemas(Problem)),
    modifiers(&BearerToken)
)]
struct Document;

/// The routes.
pub fn configure(config: &mut web::ServiceConfig, app: Arc<App>) {
    // What the parser says quotes the body, which holds passwords.
    let json = web::JsonConfig::default()
        .limit(MAX_BODY_BYTES)
        .error_handler(|_, _| Error::invalid("body", "is not the JSON that is expected").into());
    config
        .app_data(app.verifier.clone())
        .app_data(web::Data::from(app))
        .app_data(json)
        .app_data(web::PayloadConfig::new(MAX_BODY_BYTES))
        .service(description)
        .service(oauth::authorize)
        .service(oauth::token)
        .service(oauth::revoke)
        .service(accounts::register)
        .service(accounts::change_password)
        .service(accounts::delete)
        .service(sessions::list)
        .service(sessions::revoke)
        .service(well_known::jwks)
        .service(well_known::metadata);
}

#[get("/openapi.json")]
async fn description() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

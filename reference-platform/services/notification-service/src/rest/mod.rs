//! The REST edge: what end users do, in JSON, and the document that describes it. Operators use the contract.

mod devices;
mod models;
mod notifications;
mod preferences;

use actix_web::{HttpResponse, get, web};
use social_auth::Verifier;
use social_runtime::{BearerToken, Problem};
use utoipa::OpenApi;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "Notifications", description = "What a user was told, and what they want to be told."),
    paths(
        notifications::list,
        notifications::unread,
        notifications::set_read,
        preferences::read,
        preferences::change,
        devices::list,
        devices::set,
        devices::remove,
    ),
    components(schemas(Problem)),
    modifiers(&BearerToken),
    security(("token" = []))
)]
struct Document;

/// The routes.
pub fn configure(config: &mut web::ServiceConfig, app: App, verifier: Verifier) {
    config
        .app_data(web::Data::new(app))
        .app_data(verifier)
        .service(describe)
        .service(notifications::list)
        .service(notifications::unread)
        .service(notifications::set_read)
        .service(preferences::read)
        .service(preferences::change)
        .service(devices::list)
        .service(devices::set)
        .service(devices::remove);
}

#[get("/openapi.json")]
async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

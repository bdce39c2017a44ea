//! The REST edge: the use cases in JSON, and the document that describes them.

mod models;
mod rebuilds;
mod searches;

use actix_web::{HttpResponse, get, web};
use social_auth::Verifier;
use social_runtime::{BearerToken, Problem};
use utoipa::OpenApi;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "Search", description = "Finds users, posts and tags."),
    paths(searches::users, searches::posts, searches::tags, searches::suggestions, rebuilds::start, rebuilds::read),
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
        .service(searches::users)
        .service(searches::posts)
        .service(searches::tags)
        .service(searches::suggestions)
        .service(rebuilds::start)
        .service(rebuilds::read);
}

#[get("/openapi.json")]
async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

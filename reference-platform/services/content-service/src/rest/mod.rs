//! The REST edge: the use cases in JSON, and the document that describes them.

mod comments;
mod models;
mod posts;
mod reactions;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpResponse, get, web};
use social_auth::Verifier;
use social_runtime::{BearerToken, Problem};
use utoipa::OpenApi;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "Content", description = "Posts, comments, reactions and their counters."),
    paths(
        posts::create,
        posts::read,
        posts::change,
        posts::remove,
        posts::of_user,
        posts::counters,
        comments::create,
        comments::list,
        comments::remove,
        reactions::set,
        reactions::remove,
        reactions::list,
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
        .service(posts::create)
        .service(posts::read)
        .service(posts::change)
        .service(posts::remove)
        .service(posts::of_user)
        .service(posts::counters)
        .service(comments::create)
        .service(comments::list)
        .service(comments::remove)
        .service(reactions::set)
        .service(reactions::remove)
        .service(reactions::list);
}

#[get("/openapi.json")]
async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

/// The text of a header, or the empty one, which is refused where it is required.
fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

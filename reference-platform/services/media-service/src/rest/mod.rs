//! The REST edge: the use cases in JSON, uploads as raw bodies, the bytes of variants, and the document that describes all of them.

mod fetch;
mod media;
mod models;
mod upload;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpResponse, get, web};
use social_auth::Verifier;
use social_runtime::{BearerToken, Problem};
use utoipa::OpenApi;

use crate::app::App;

pub use upload::UPLOADS;

#[derive(OpenApi)]
#[openapi(
    info(title = "Media", description = "Images and videos: upload, variants, signed addresses."),
    paths(upload::upload, media::list, media::read, media::remove, media::sign, fetch::fetch),
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
        .service(upload::upload)
        .service(media::list)
        .service(media::read)
        .service(media::remove)
        .service(media::sign)
        .service(fetch::fetch);
}

#[get("/openapi.json")]
async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

/// The text of a header, or the empty one, which is refused where it is required.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

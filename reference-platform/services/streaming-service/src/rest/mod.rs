//! The REST edge: the use cases in JSON, the video itself, and the document that describes them. Encoders and readers of chats, whose
//! calls last, take the gRPC edge.

mod models;
mod streams;
mod video;
mod viewers;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpResponse, get, web};
use social_auth::Verifier;
use social_runtime::{BearerToken, Problem};
use utoipa::OpenApi;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "Streaming", description = "Live streams, their video, who watches, and what is said meanwhile."),
    paths(
        streams::create,
        streams::rotate_key,
        streams::read,
        streams::live,
        streams::of_user,
        streams::history,
        streams::end,
        video::playlist,
        video::segment,
        viewers::put,
        viewers::say,
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
        .service(streams::create)
        .service(streams::rotate_key)
        .service(streams::read)
        .service(streams::live)
        .service(streams::of_user)
        .service(streams::history)
        .service(streams::end)
        .service(video::playlist)
        .service(video::segment)
        .service(viewers::put)
        .service(viewers::say);
}

#[get("/openapi.json")]
async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

/// The text of a header, or the empty one, which is refused where it is required.
fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

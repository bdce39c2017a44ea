//! The REST edge: the use cases in JSON, live sessions over WebSocket, and the document that describes them.

mod chat;
mod conversations;
mod frames;
mod messages;
mod models;

use actix_web::http::header::HeaderMap;
use actix_web::{HttpResponse, get, web};
use social_auth::Verifier;
use social_runtime::{BearerToken, Problem};
use utoipa::OpenApi;

use crate::app::App;
use crate::live::Sessions;

/// The route that lives longer than requests.
pub const CHAT: &str = "/v1/chat";

#[derive(OpenApi)]
#[openapi(
    info(title = "Messaging", description = "Conversations and their live delivery."),
    paths(
        conversations::create,
        conversations::read,
        conversations::list,
        conversations::put_member,
        conversations::delete_member,
        conversations::presence,
        messages::send,
        messages::list,
        messages::remove,
        messages::set_receipt,
        chat::chat,
    ),
    components(schemas(Problem, frames::Request, frames::Answer)),
    modifiers(&BearerToken),
    security(("token" = []))
)]
struct Document;

/// The routes.
pub fn configure(config: &mut web::ServiceConfig, app: App, sessions: Sessions, verifier: Verifier) {
    config
        .app_data(web::Data::new(app))
        .app_data(web::Data::new(sessions))
        .app_data(verifier)
        .service(describe)
        .service(conversations::create)
        .service(conversations::read)
        .service(conversations::list)
        .service(conversations::put_member)
        .service(conversations::delete_member)
        .service(conversations::presence)
        .service(messages::send)
        .service(messages::list)
        .service(messages::remove)
        .service(messages::set_receipt)
        .service(chat::chat);
}

#[get("/openapi.json")]
async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

/// The text of a header, or the empty one, which is refused where it is required.
fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

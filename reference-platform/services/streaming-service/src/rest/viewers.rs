//! Routes of who watches.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, post, put};
use social_auth::Caller;
use social_proto::streaming::v1;
use social_runtime::{Error, Problem};

use super::header;
use super::models::{Audience, ChatMessage, NewChatMessage};
use crate::app::App;

/// Tells that somebody watches, and how many do. A viewer who is not heard of for 30 seconds is gone.
#[utoipa::path(
    tag = "viewers", params(("stream_id" = String, Path), ("viewer_id" = String, Path)),
    responses((status = 200, body = Audience), (status = "default", body = Problem))
)]
#[put("/v1/streams/{stream_id}/viewers/{viewer_id}")]
pub async fn put(app: Data<App>, caller: Caller, path: Path<(String, String)>) -> Result<Json<Audience>, Error> {
    let (stream_id, viewer_id) = path.into_inner();
    let response = app.put_viewer(&caller, v1::PutViewerRequest { stream_id, viewer_id }).await?;
    Ok(Json(Audience { viewer_count: response.viewer_count }))
}

/// Says something in the chat of a live stream. The same `Idempotency-Key`, a UUID, gives the stored answer again.
#[utoipa::path(
    tag = "viewers", request_body = NewChatMessage,
    params(("stream_id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = ChatMessage), (status = "default", body = Problem))
)]
#[post("/v1/streams/{stream_id}/chat")]
pub async fn say(
    app: Data<App>,
    caller: Caller,
    stream_id: Path<String>,
    request: HttpRequest,
    body: Json<NewChatMessage>,
) -> Result<HttpResponse, Error> {
    let request_id = header(request.headers(), "idempotency-key");
    let request =
        v1::SendChatMessageRequest { request_id, stream_id: stream_id.into_inner(), text: body.into_inner().text };
    let response = app.send_chat_message(&caller, request).await?;
    Ok(HttpResponse::Created().json(ChatMessage::from(response.message.unwrap_or_default())))
}

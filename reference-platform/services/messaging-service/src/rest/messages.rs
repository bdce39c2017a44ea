//! Routes of messages and receipts.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use social_auth::Caller;
use social_proto::messaging::v1;
use social_runtime::{Error, Problem};

use super::header;
use super::models::{Message, Messages, NewMessage, NewReceipt, Page, ReceiptKind};
use crate::app::App;

/// Says something. The same `Idempotency-Key`, a UUID, gives the stored answer again.
#[utoipa::path(tag = "messages", request_body = NewMessage,
    params(("conversation_id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Message), (status = "default", body = Problem))
)]
#[post("/v1/conversations/{conversation_id}/messages")]
pub async fn send(
    app: Data<App>,
    caller: Caller,
    conversation_id: Path<String>,
    request: HttpRequest,
    body: Json<NewMessage>,
) -> Result<HttpResponse, Error> {
    let NewMessage { text, media_ids } = body.into_inner();
    let request_id = header(request.headers(), "idempotency-key");
    let conversation_id = conversation_id.into_inner();
    let response =
        app.send_message(&caller, v1::SendMessageRequest { request_id, conversation_id, text, media_ids }).await?;
    Ok(HttpResponse::Created().json(Message::from(response.message.unwrap_or_default())))
}

/// What was said, newest first.
#[utoipa::path(tag = "messages", params(("conversation_id" = String, Path), Page), responses(
    (status = 200, body = Messages), (status = "default", body = Problem)
))]
#[get("/v1/conversations/{conversation_id}/messages")]
pub async fn list(
    app: Data<App>,
    caller: Caller,
    conversation_id: Path<String>,
    page: Query<Page>,
) -> Result<Json<Messages>, Error> {
    let Page { page_size, page_token } = page.into_inner();
    let request = v1::ListMessagesRequest { conversation_id: conversation_id.into_inner(), page_size, page_token };
    let response = app.list_messages(&caller, request).await?;
    let messages = response.messages.into_iter().map(Message::from).collect();
    Ok(Json(Messages { messages, next_page_token: response.next_page_token }))
}

/// Takes the text from a message of the caller, for everybody.
#[utoipa::path(tag = "messages", params(("conversation_id" = String, Path), ("message_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[delete("/v1/conversations/{conversation_id}/messages/{message_id}")]
pub async fn remove(app: Data<App>, caller: Caller, path: Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (conversation_id, message_id) = path.into_inner();
    app.delete_message(&caller, v1::DeleteMessageRequest { conversation_id, message_id }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tells that the caller has received or read all up to a message. It never goes back.
#[utoipa::path(tag = "messages", request_body = NewReceipt,
    params(("conversation_id" = String, Path), ("kind" = ReceiptKind, Path)),
    responses((status = 204), (status = "default", body = Problem))
)]
#[put("/v1/conversations/{conversation_id}/receipts/{kind}")]
pub async fn set_receipt(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, ReceiptKind)>,
    body: Json<NewReceipt>,
) -> Result<HttpResponse, Error> {
    let (conversation_id, kind) = path.into_inner();
    let request = v1::SetReceiptRequest { conversation_id, kind: kind.to_contract().into(), sequence: body.sequence };
    app.set_receipt(&caller, request).await?;
    Ok(HttpResponse::NoContent().finish())
}

//! Routes of conversations, their members, and who is there.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use social_auth::Caller;
use social_proto::messaging::v1;
use social_runtime::{Error, Problem};

use super::header;
use super::models::{Conversation, Conversations, NewConversation, Page, Presence, Presences, Whose};
use crate::app::App;

/// Begins a conversation, or gives the one that two have. The same `Idempotency-Key`, a UUID, gives the stored answer again.
#[utoipa::path(tag = "conversations", request_body = NewConversation, params(("Idempotency-Key" = String, Header)), responses(
    (status = 201, body = Conversation), (status = "default", body = Problem)
))]
#[post("/v1/conversations")]
pub async fn create(
    app: Data<App>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewConversation>,
) -> Result<HttpResponse, Error> {
    let NewConversation { member_ids, title } = body.into_inner();
    let request_id = header(request.headers(), "idempotency-key");
    let response =
        app.create_conversation(&caller, v1::CreateConversationRequest { request_id, member_ids, title }).await?;
    Ok(HttpResponse::Created().json(Conversation::from(response.conversation.unwrap_or_default())))
}

/// One conversation.
#[utoipa::path(tag = "conversations", params(("conversation_id" = String, Path)), responses(
    (status = 200, body = Conversation), (status = "default", body = Problem)
))]
#[get("/v1/conversations/{conversation_id}")]
pub async fn read(app: Data<App>, caller: Caller, conversation_id: Path<String>) -> Result<Json<Conversation>, Error> {
    let request = v1::GetConversationRequest { conversation_id: conversation_id.into_inner() };
    let response = app.get_conversation(&caller, request).await?;
    Ok(Json(response.conversation.unwrap_or_default().into()))
}

/// The conversations of the caller, the one with the latest message first.
#[utoipa::path(tag = "conversations", params(Page), responses(
    (status = 200, body = Conversations), (status = "default", body = Problem)
))]
#[get("/v1/conversations")]
pub async fn list(app: Data<App>, caller: Caller, page: Query<Page>) -> Result<Json<Conversations>, Error> {
    let Page { page_size, page_token } = page.into_inner();
    let response = app.list_conversations(&caller, v1::ListConversationsRequest { page_size, page_token }).await?;
    let conversations = response.conversations.into_iter().map(Conversation::from).collect();
    Ok(Json(Conversations { conversations, next_page_token: response.next_page_token }))
}

/// Makes somebody a member, who then sees what is said from now on.
#[utoipa::path(tag = "members", params(("conversation_id" = String, Path), ("user_id" = String, Path)), responses(
    (status = 200, body = Conversation), (status = "default", body = Problem)
))]
#[put("/v1/conversations/{conversation_id}/members/{user_id}")]
pub async fn put_member(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<Json<Conversation>, Error> {
    let (conversation_id, user_id) = path.into_inner();
    let response = app.put_member(&caller, v1::PutMemberRequest { conversation_id, user_id }).await?;
    Ok(Json(response.conversation.unwrap_or_default().into()))
}

/// Ends a membership; everybody can end one's own.
#[utoipa::path(tag = "members", params(("conversation_id" = String, Path), ("user_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[delete("/v1/conversations/{conversation_id}/members/{user_id}")]
pub async fn delete_member(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Error> {
    let (conversation_id, user_id) = path.into_inner();
    app.delete_member(&caller, v1::DeleteMemberRequest { conversation_id, user_id }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who is there, among those with whom the caller has a conversation.
#[utoipa::path(tag = "presence", params(Whose), responses(
    (status = 200, body = Presences), (status = "default", body = Problem)
))]
#[get("/v1/presence")]
pub async fn presence(app: Data<App>, caller: Caller, whose: Query<Whose>) -> Result<Json<Presences>, Error> {
    // One more than there can be is enough to be refused.
    let user_ids = whose.user_ids.split(',').take(101).map(str::to_owned).collect();
    let response = app.batch_get_presence(&caller, v1::BatchGetPresenceRequest { user_ids }).await?;
    Ok(Json(Presences { presences: response.presences.into_iter().map(Presence::from).collect() }))
}

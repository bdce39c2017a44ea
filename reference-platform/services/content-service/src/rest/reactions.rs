//! Routes of reactions.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, put};
use social_auth::Caller;
use social_proto::content::v1;
use social_runtime::{Error, Problem};

use super::models::{NewReaction, Reaction, Reactions, ReactionsPage};
use crate::app::App;

/// Sets the one reaction of the caller to a post, in place of an earlier one.
#[utoipa::path(tag = "reactions", request_body = NewReaction, params(("post_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[put("/v1/posts/{post_id}/reactions/mine")]
pub async fn set(
    app: Data<App>,
    caller: Caller,
    post_id: Path<String>,
    body: Json<NewReaction>,
) -> Result<HttpResponse, Error> {
    let kind = body.kind.to_contract().into();
    app.set_reaction(&caller, v1::SetReactionRequest { post_id: post_id.into_inner(), kind }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes the reaction of the caller back.
#[utoipa::path(tag = "reactions", params(("post_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[delete("/v1/posts/{post_id}/reactions/mine")]
pub async fn remove(app: Data<App>, caller: Caller, post_id: Path<String>) -> Result<HttpResponse, Error> {
    app.delete_reaction(&caller, v1::DeleteReactionRequest { post_id: post_id.into_inner() }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who reacted to a post, newest first.
#[utoipa::path(tag = "reactions", params(("post_id" = String, Path), ReactionsPage), responses(
    (status = 200, body = Reactions), (status = "default", body = Problem)
))]
#[get("/v1/posts/{post_id}/reactions")]
pub async fn list(
    app: Data<App>,
    caller: Caller,
    post_id: Path<String>,
    page: Query<ReactionsPage>,
) -> Result<Json<Reactions>, Error> {
    let ReactionsPage { kind, page_size, page_token } = page.into_inner();
    let kind = kind.map(|kind| kind.to_contract().into()).unwrap_or_default();
    let request = v1::ListReactionsRequest { post_id: post_id.into_inner(), kind, page_size, page_token };
    let response = app.list_reactions(&caller, request).await?;
    let reactions = response.reactions.into_iter().map(Reaction::from).collect();
    Ok(Json(Reactions { reactions, next_page_token: response.next_page_token }))
}

//! Routes of comments.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use social_auth::Caller;
use social_proto::content::v1;
use social_runtime::{Error, Problem};

use super::header;
use super::models::{Comment, Comments, CommentsPage, NewComment};
use crate::app::App;

/// Comments on a post or answers a comment. The same `Idempotency-Key`, a UUID, gives the stored answer again.
#[utoipa::path(
    tag = "comments", request_body = NewComment, params(("post_id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = Comment), (status = "default", body = Problem))
)]
#[post("/v1/posts/{post_id}/comments")]
pub async fn create(
    app: Data<App>,
    caller: Caller,
    post_id: Path<String>,
    request: HttpRequest,
    body: Json<NewComment>,
) -> Result<HttpResponse, Error> {
    let NewComment { text, parent_id } = body.into_inner();
    let request_id = header(request.headers(), "idempotency-key");
    let request = v1::CreateCommentRequest { request_id, post_id: post_id.into_inner(), parent_id, text };
    let response = app.create_comment(&caller, request).await?;
    Ok(HttpResponse::Created().json(Comment::from(response.comment.unwrap_or_default())))
}

/// The comments of a post or the answers to a comment, oldest first.
#[utoipa::path(tag = "comments", params(("post_id" = String, Path), CommentsPage), responses(
    (status = 200, body = Comments), (status = "default", body = Problem)
))]
#[get("/v1/posts/{post_id}/comments")]
pub async fn list(
    app: Data<App>,
    caller: Caller,
    post_id: Path<String>,
    page: Query<CommentsPage>,
) -> Result<Json<Comments>, Error> {
    let CommentsPage { parent_id, page_size, page_token } = page.into_inner();
    let request = v1::ListCommentsRequest { post_id: post_id.into_inner(), parent_id, page_size, page_token };
    let response = app.list_comments(&caller, request).await?;
    let comments = response.comments.into_iter().map(Comment::from).collect();
    Ok(Json(Comments { comments, next_page_token: response.next_page_token }))
}

/// Deletes a comment, by its author or by the author of the post. Its answers stay.
#[utoipa::path(tag = "comments", params(("comment_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[delete("/v1/comments/{comment_id}")]
pub async fn remove(app: Data<App>, caller: Caller, comment_id: Path<String>) -> Result<HttpResponse, Error> {
    app.delete_comment(&caller, v1::DeleteCommentRequest { comment_id: comment_id.into_inner() }).await?;
    Ok(HttpResponse::NoContent().finish())
}

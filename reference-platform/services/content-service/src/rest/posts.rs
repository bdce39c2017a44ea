//! Routes of posts.

use actix_web::http::header::{ETAG, IF_MATCH};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use prost_types::FieldMask;
use social_auth::Caller;
use social_proto::content::v1;
use social_runtime::{Error, Problem};

use super::header;
use super::models::{Counters, NewPost, Page, Post, PostChange, Posts};
use crate::app::App;

/// Publishes a post. The same `Idempotency-Key`, a UUID, gives the stored answer again.
#[utoipa::path(tag = "posts", request_body = NewPost, params(("Idempotency-Key" = String, Header)), responses(
    (status = 201, body = Post, headers(("ETag" = String))), (status = "default", body = Problem)
))]
#[post("/v1/posts")]
pub async fn create(
    app: Data<App>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewPost>,
) -> Result<HttpResponse, Error> {
    let NewPost { text, media_ids, visibility } = body.into_inner();
    let visibility = visibility.to_contract().into();
    let request_id = header(request.headers(), "idempotency-key");
    let response = app.create_post(&caller, v1::CreatePostRequest { request_id, text, media_ids, visibility }).await?;
    Ok(with_etag(HttpResponse::Created(), response.post.unwrap_or_default()))
}

/// One post.
#[utoipa::path(tag = "posts", params(("post_id" = String, Path)), responses(
    (status = 200, body = Post, headers(("ETag" = String))), (status = "default", body = Problem)
))]
#[get("/v1/posts/{post_id}")]
pub async fn read(app: Data<App>, caller: Caller, post_id: Path<String>) -> Result<HttpResponse, Error> {
    let response = app.get_post(&caller, v1::GetPostRequest { post_id: post_id.into_inner() }).await?;
    Ok(with_etag(HttpResponse::Ok(), response.post.unwrap_or_default()))
}

/// Changes a post of the caller. `If-Match` is the etag that the change began with: 409 when the post has been changed since.
#[utoipa::path(tag = "posts", request_body = PostChange, params(("post_id" = String, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Post, headers(("ETag" = String))), (status = "default", body = Problem)
))]
#[patch("/v1/posts/{post_id}")]
pub async fn change(
    app: Data<App>,
    caller: Caller,
    post_id: Path<String>,
    request: HttpRequest,
    body: Json<PostChange>,
) -> Result<HttpResponse, Error> {
    let PostChange { text, media_ids, visibility } = body.into_inner();
    let named = [("text", text.is_some()), ("media_ids", media_ids.is_some()), ("visibility", visibility.is_some())];
    let paths = named.iter().filter(|(_, given)| *given).map(|(path, _)| (*path).to_owned()).collect();
    let post = v1::Post {
        post_id: post_id.into_inner(),
        etag: header(request.headers(), IF_MATCH.as_str()).trim_matches('"').to_owned(),
        text: text.unwrap_or_default(),
        media_ids: media_ids.unwrap_or_default(),
        visibility: visibility.map(|visibility| visibility.to_contract().into()).unwrap_or_default(),
        ..v1::Post::default()
    };
    let request = v1::UpdatePostRequest { post: Some(post), update_mask: Some(FieldMask { paths }) };
    let response = app.update_post(&caller, request).await?;
    Ok(with_etag(HttpResponse::Ok(), response.post.unwrap_or_default()))
}

/// Deletes a post of the caller with its comments and reactions.
#[utoipa::path(tag = "posts", params(("post_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[delete("/v1/posts/{post_id}")]
pub async fn remove(app: Data<App>, caller: Caller, post_id: Path<String>) -> Result<HttpResponse, Error> {
    app.delete_post(&caller, v1::DeletePostRequest { post_id: post_id.into_inner() }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The posts of a user, newest first.
#[utoipa::path(tag = "posts", params(("user_id" = String, Path), Page), responses(
    (status = 200, body = Posts), (status = "default", body = Problem)
))]
#[get("/v1/users/{user_id}/posts")]
pub async fn of_user(
    app: Data<App>,
    caller: Caller,
    user_id: Path<String>,
    page: Query<Page>,
) -> Result<Json<Posts>, Error> {
    let Page { page_size, page_token } = page.into_inner();
    let request = v1::ListPostsRequest { author_id: user_id.into_inner(), page_size, page_token };
    let response = app.list_posts(&caller, request).await?;
    let posts = response.posts.into_iter().map(Post::from).collect();
    Ok(Json(Posts { posts, next_page_token: response.next_page_token }))
}

/// What is counted of a post.
#[utoipa::path(tag = "posts", params(("post_id" = String, Path)), responses(
    (status = 200, body = Counters), (status = "default", body = Problem)
))]
#[get("/v1/posts/{post_id}/counters")]
pub async fn counters(app: Data<App>, caller: Caller, post_id: Path<String>) -> Result<Json<Counters>, Error> {
    let request = v1::BatchGetCountersRequest { post_ids: vec![post_id.into_inner()] };
    let mut response = app.batch_get_counters(&caller, request).await?;
    let counters = response.counters.pop().ok_or_else(|| Error::not_found("there is no such post"))?;
    Ok(Json(counters.into()))
}

fn with_etag(mut response: actix_web::HttpResponseBuilder, post: v1::Post) -> HttpResponse {
    response.insert_header((ETAG, format!("\"{}\"", post.etag))).json(Post::from(post))
}

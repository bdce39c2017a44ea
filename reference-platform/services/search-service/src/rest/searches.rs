//! Routes of searches.

use actix_web::get;
use actix_web::web::{Data, Json, Query};
use social_auth::Caller;
use social_proto::search::v1;
use social_runtime::{Error, Problem};

use super::models::{Order, PostQuery, Posts, Prefix, Suggestions, TagQuery, Tags, UserQuery, Users};
use crate::app::App;

/// Users by handle, name and what they write about themselves, best first.
#[utoipa::path(tag = "search", params(UserQuery), responses(
    (status = 200, body = Users), (status = "default", body = Problem)
))]
#[get("/v1/search/users")]
pub async fn users(app: Data<App>, caller: Caller, asked: Query<UserQuery>) -> Result<Json<Users>, Error> {
    let UserQuery { query, page_size, page_token } = asked.into_inner();
    let response = app.search_users(&caller, v1::SearchUsersRequest { query, page_size, page_token }).await?;
    Ok(Json(response.into()))
}

/// Public posts by their text and tags.
#[utoipa::path(tag = "search", params(PostQuery), responses(
    (status = 200, body = Posts), (status = "default", body = Problem)
))]
#[get("/v1/search/posts")]
pub async fn posts(app: Data<App>, caller: Caller, asked: Query<PostQuery>) -> Result<Json<Posts>, Error> {
    let PostQuery { query, tag, author_id, order, page_size, page_token } = asked.into_inner();
    let order = match order {
        Some(Order::Relevance) => v1::PostOrder::Relevance,
        Some(Order::Latest) => v1::PostOrder::Latest,
        None => v1::PostOrder::Unspecified,
    };
    let request = v1::SearchPostsRequest { query, tag, author_id, order: order.into(), page_size, page_token };
    Ok(Json(app.search_posts(&caller, request).await?.into()))
}

/// Tags by their beginning, most used first.
#[utoipa::path(tag = "search", params(TagQuery), responses(
    (status = 200, body = Tags), (status = "default", body = Problem)
))]
#[get("/v1/search/tags")]
pub async fn tags(app: Data<App>, caller: Caller, asked: Query<TagQuery>) -> Result<Json<Tags>, Error> {
    let TagQuery { prefix, page_size, page_token } = asked.into_inner();
    let response = app.search_tags(&caller, v1::SearchTagsRequest { prefix, page_size, page_token }).await?;
    Ok(Json(response.into()))
}

/// Completes what somebody is typing.
#[utoipa::path(tag = "search", params(Prefix), responses(
    (status = 200, body = Suggestions), (status = "default", body = Problem)
))]
#[get("/v1/search/suggestions")]
pub async fn suggestions(app: Data<App>, caller: Caller, asked: Query<Prefix>) -> Result<Json<Suggestions>, Error> {
    let Prefix { prefix, limit } = asked.into_inner();
    Ok(Json(app.suggest(&caller, v1::SuggestRequest { prefix, limit }).await?.into()))
}

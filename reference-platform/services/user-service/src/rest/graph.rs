//! Routes of following, blocking and their lists.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, put};
use social_auth::Caller;
use social_runtime::{Outage, Refusal, Result};

use super::model::{GraphPage, PageParameters, Relationship, SuggestionPage};
use crate::app::App;
use crate::domain::Viewer;

#[utoipa::path(
    params(("user_id" = String, Path, description = "Whom: a UUID.")),
    responses((status = 204), Refusal)
)]
#[put("/v1/me/following/{user_id}")]
pub async fn follow(caller: Caller, app: Data<App>, user_id: Path<String>) -> Result<HttpResponse> {
    app.follow(caller.account_id()?, &user_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[utoipa::path(
    params(("user_id" = String, Path, description = "Whom: a UUID.")),
    responses((status = 204), Refusal)
)]
#[delete("/v1/me/following/{user_id}")]
pub async fn unfollow(caller: Caller, app: Data<App>, user_id: Path<String>) -> Result<HttpResponse> {
    app.unfollow(caller.account_id()?, &user_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[utoipa::path(
    params(("user_id" = String, Path, description = "Whom: a UUID.")),
    responses((status = 204), Refusal)
)]
#[put("/v1/me/blocked/{user_id}")]
pub async fn block(caller: Caller, app: Data<App>, user_id: Path<String>) -> Result<HttpResponse> {
    app.block(caller.account_id()?, &user_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[utoipa::path(
    params(("user_id" = String, Path, description = "Whom: a UUID.")),
    responses((status = 204), Refusal)
)]
#[delete("/v1/me/blocked/{user_id}")]
pub async fn unblock(caller: Caller, app: Data<App>, user_id: Path<String>) -> Result<HttpResponse> {
    app.unblock(caller.account_id()?, &user_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[utoipa::path(
    params(PageParameters),
    responses((status = 200, body = GraphPage), Refusal)
)]
#[get("/v1/me/blocked")]
pub async fn list_blocked(caller: Caller, app: Data<App>, page: Query<PageParameters>) -> Result<Json<GraphPage>> {
    let listed = app.list_blocked(caller.account_id()?, page.page_size, &page.page_token).await?;
    Ok(Json(listed.into()))
}

#[utoipa::path(
    params(PageParameters),
    responses((status = 200, body = SuggestionPage), Refusal, Outage)
)]
#[get("/v1/me/suggestions")]
pub async fn list_suggestions(
    caller: Caller,
    app: Data<App>,
    page: Query<PageParameters>,
) -> Result<Json<SuggestionPage>> {
    let listed = app.list_suggestions(caller.account_id()?, page.page_size, &page.page_token).await?;
    Ok(Json(listed.into()))
}

#[utoipa::path(
    params(("user_id" = String, Path, description = "The other one: a UUID.")),
    responses((status = 200, body = Relationship), Refusal)
)]
#[get("/v1/users/{user_id}/relationship")]
pub async fn get_relationship(caller: Caller, app: Data<App>, user_id: Path<String>) -> Result<Json<Relationship>> {
    let caller = caller.account_id()?;
    let relationship = app.relationship(Viewer::User(caller), &caller.to_string(), &user_id).await?;
    Ok(Json(relationship.into()))
}

#[utoipa::path(
    params(("user_id" = String, Path, description = "Whose: a UUID."), PageParameters),
    responses((status = 200, body = GraphPage), Refusal)
)]
#[get("/v1/users/{user_id}/followers")]
pub async fn list_followers(
    caller: Caller,
    app: Data<App>,
    user_id: Path<String>,
    page: Query<PageParameters>,
) -> Result<Json<GraphPage>> {
    let viewer = Viewer::User(caller.account_id()?);
    let listed = app.list_followers(viewer, &user_id, page.page_size, &page.page_token).await?;
    Ok(Json(listed.into()))
}

#[utoipa::path(
    params(("user_id" = String, Path, description = "Whose: a UUID."), PageParameters),
    responses((status = 200, body = GraphPage), Refusal)
)]
#[get("/v1/users/{user_id}/following")]
pub async fn list_following(
    caller: Caller,
    app: Data<App>,
    user_id: Path<String>,
    page: Query<PageParameters>,
) -> Result<Json<GraphPage>> {
    let viewer = Viewer::User(caller.account_id()?);
    let listed = app.list_following(viewer, &user_id, page.page_size, &page.page_token).await?;
    Ok(Json(listed.into()))
}

#[utoipa::path(
    params(("user_id" = String, Path, description = "Whose: a UUID."), PageParameters),
    responses((status = 200, body = GraphPage), Refusal, Outage)
)]
#[get("/v1/users/{user_id}/mutuals")]
pub async fn list_mutuals(
    caller: Caller,
    app: Data<App>,
    user_id: Path<String>,
    page: Query<PageParameters>,
) -> Result<Json<GraphPage>> {
    let listed = app.list_mutuals(caller.account_id()?, &user_id, page.page_size, &page.page_token).await?;
    Ok(Json(listed.into()))
}

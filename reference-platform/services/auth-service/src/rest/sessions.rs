//! `/sessions`.

use actix_web::{HttpResponse, delete, get, web};
use serde::{Deserialize, Serialize};
use social_auth::Caller;
use social_runtime::{Error, Problem};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::domain::Session;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// 0 means 20; at most 100.
    #[serde(default)]
    page_size: i32,
    /// Of the page before.
    #[serde(default)]
    page_token: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Revocation {
    /// Whether the session that asks goes on.
    #[serde(default)]
    keep_current: bool,
}

#[derive(Serialize, ToSchema)]
struct SessionItem {
    session_id: Uuid,
    client_id: String,
    /// As the client told it; not to be trusted.
    user_agent: String,
    #[serde(with = "time::serde::rfc3339")]
    create_time: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    last_used_time: OffsetDateTime,
}

#[derive(Serialize, ToSchema)]
struct SessionList {
    sessions: Vec<SessionItem>,
    /// Empty on the last page.
    next_page_token: String,
}

/// The sessions of the caller, most recently used first.
#[utoipa::path(
    params(Page),
    security(("token" = [])),
    responses((status = 200, body = SessionList), (status = 400, body = Problem), (status = 401, body = Problem))
)]
#[get("/sessions")]
pub async fn list(
    app: web::Data<App>,
    caller: Caller,
    page: web::Query<Page>,
) -> Result<web::Json<SessionList>, Error> {
    let found = app.list_sessions(&caller, page.page_size, &page.page_token).await?;
    let sessions = found.sessions.into_iter().map(item).collect();
    Ok(web::Json(SessionList { sessions, next_page_token: found.next_page_token }))
}

/// Ends all sessions of the caller.
#[utoipa::path(
    params(Revocation),
    security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem))
)]
#[delete("/sessions")]
pub async fn revoke(app: web::Data<App>, caller: Caller, query: web::Query<Revocation>) -> Result<HttpResponse, Error> {
    app.revoke_sessions(&caller, query.keep_current).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn item(session: Session) -> SessionItem {
    SessionItem {
        session_id: session.session_id,
        client_id: session.client_id,
        user_agent: session.user_agent,
        create_time: session.create_time,
        last_used_time: session.last_used_time,
    }
}

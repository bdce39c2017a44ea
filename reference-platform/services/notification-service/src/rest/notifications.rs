//! Routes of notifications.

use actix_web::web::{Data, Json, Query};
use actix_web::{get, put};
use social_auth::Caller;
use social_proto::notification::v1;
use social_runtime::{Error, Problem};

use super::models::{Notification, Notifications, NotificationsPage, ReadUpTo, UnreadCount};
use crate::app::App;

/// What the caller was told, newest first.
#[utoipa::path(tag = "notifications", params(NotificationsPage), responses(
    (status = 200, body = Notifications), (status = "default", body = Problem)
))]
#[get("/v1/notifications")]
pub async fn list(
    app: Data<App>,
    caller: Caller,
    page: Query<NotificationsPage>,
) -> Result<Json<Notifications>, Error> {
    let NotificationsPage { unread_only, page_size, page_token } = page.into_inner();
    let request = v1::ListNotificationsRequest { unread_only, page_size, page_token };
    let response = app.list_notifications(&caller, request).await?;
    let notifications = response.notifications.into_iter().map(Notification::from).collect();
    Ok(Json(Notifications { notifications, next_page_token: response.next_page_token }))
}

/// How many the caller has not read.
#[utoipa::path(tag = "notifications", responses((status = 200, body = UnreadCount), (status = "default", body = Problem)))]
#[get("/v1/notifications/unread-count")]
pub async fn unread(app: Data<App>, caller: Caller) -> Result<Json<UnreadCount>, Error> {
    let response = app.get_unread_count(&caller).await?;
    Ok(Json(UnreadCount { unread_count: response.unread_count }))
}

/// Tells that all up to a notification were read.
#[utoipa::path(tag = "notifications", request_body = ReadUpTo, responses(
    (status = 200, body = UnreadCount), (status = "default", body = Problem)
))]
#[put("/v1/notifications/read")]
pub async fn set_read(app: Data<App>, caller: Caller, body: Json<ReadUpTo>) -> Result<Json<UnreadCount>, Error> {
    let request = v1::SetReadRequest { notification_id: body.into_inner().notification_id };
    let response = app.set_read(&caller, request).await?;
    Ok(Json(UnreadCount { unread_count: response.unread_count }))
}

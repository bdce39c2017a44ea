//! Routes of preferences.

use actix_web::web::{Data, Json};
use actix_web::{get, put};
use social_auth::Caller;
use social_proto::notification::v1;
use social_runtime::{Error, Problem};

use super::models::Preferences;
use crate::app::App;

/// What the caller wants to be told.
#[utoipa::path(tag = "preferences", responses((status = 200, body = Preferences), (status = "default", body = Problem)))]
#[get("/v1/notification-preferences")]
pub async fn read(app: Data<App>, caller: Caller) -> Result<Json<Preferences>, Error> {
    let response = app.get_preferences(&caller).await?;
    Ok(Json(response.preferences.unwrap_or_default().into()))
}

/// Sets all preferences of the caller. A kind that is absent goes on all ways.
#[utoipa::path(tag = "preferences", request_body = Preferences, responses(
    (status = 200, body = Preferences), (status = "default", body = Problem)
))]
#[put("/v1/notification-preferences")]
pub async fn change(app: Data<App>, caller: Caller, body: Json<Preferences>) -> Result<Json<Preferences>, Error> {
    let request = v1::PutPreferencesRequest { preferences: Some(body.into_inner().into()) };
    let response = app.put_preferences(&caller, request).await?;
    Ok(Json(response.preferences.unwrap_or_default().into()))
}

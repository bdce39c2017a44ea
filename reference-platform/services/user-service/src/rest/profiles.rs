//! Routes of profiles and settings.

use actix_web::web::{Data, Json, Path};
use actix_web::{get, patch};
use social_auth::Caller;
use social_runtime::{Refusal, Result};

use super::model::{Profile, ProfilePatch, Settings, SettingsPatch};
use crate::app::{App, By, ProfileInput, SettingsInput};

#[utoipa::path(
    params(("user_id" = String, Path, description = "A UUID.")),
    responses((status = 200, body = Profile), Refusal)
)]
#[get("/v1/users/{user_id}")]
pub async fn get_profile(caller: Caller, app: Data<App>, user_id: Path<String>) -> Result<Json<Profile>> {
    let profile = app.get_profile(caller.account_id()?, Some(By::UserId(&user_id))).await?;
    Ok(Json(profile.into()))
}

#[utoipa::path(
    params(("handle" = String, Path, description = "In any case.")),
    responses((status = 200, body = Profile), Refusal)
)]
#[get("/v1/users/by-handle/{handle}")]
pub async fn get_profile_by_handle(caller: Caller, app: Data<App>, handle: Path<String>) -> Result<Json<Profile>> {
    let profile = app.get_profile(caller.account_id()?, Some(By::Handle(&handle))).await?;
    Ok(Json(profile.into()))
}

#[utoipa::path(
    responses((status = 200, body = Profile), Refusal)
)]
#[get("/v1/me")]
pub async fn get_own_profile(caller: Caller, app: Data<App>) -> Result<Json<Profile>> {
    Ok(Json(app.own_profile(caller.account_id()?).await?.into()))
}

#[utoipa::path(
    request_body = ProfilePatch,
    responses((status = 200, body = Profile), Refusal)
)]
#[patch("/v1/me")]
pub async fn update_own_profile(caller: Caller, app: Data<App>, patch: Json<ProfilePatch>) -> Result<Json<Profile>> {
    let input = ProfileInput {
        display_name: patch.display_name.as_deref().unwrap_or_default(),
        bio: patch.bio.as_deref().unwrap_or_default(),
        avatar_media_id: patch.avatar_media_id.as_deref().unwrap_or_default(),
        etag: patch.etag.as_deref().unwrap_or_default(),
    };
    let fields = named([
        ("display_name", patch.display_name.is_some()),
        ("bio", patch.bio.is_some()),
        ("avatar_media_id", patch.avatar_media_id.is_some()),
    ]);
    let profile = app.update_profile(caller.account_id()?, Some(input), &fields).await?;
    Ok(Json(profile.into()))
}

#[utoipa::path(
    responses((status = 200, body = Settings), Refusal)
)]
#[get("/v1/me/settings")]
pub async fn get_settings(caller: Caller, app: Data<App>) -> Result<Json<Settings>> {
    Ok(Json(app.get_settings(caller.account_id()?).await?.into()))
}

#[utoipa::path(
    request_body = SettingsPatch,
    responses((status = 200, body = Settings), Refusal)
)]
#[patch("/v1/me/settings")]
pub async fn update_settings(caller: Caller, app: Data<App>, patch: Json<SettingsPatch>) -> Result<Json<Settings>> {
    let input = SettingsInput {
        locale: patch.locale.as_deref().unwrap_or_default(),
        time_zone: patch.time_zone.as_deref().unwrap_or_default(),
        discoverable: patch.discoverable.unwrap_or_default(),
        message_policy: patch.message_policy.map(|policy| policy as i32).unwrap_or_default(),
    };
    let fields = named([
        ("locale", patch.locale.is_some()),
        ("time_zone", patch.time_zone.is_some()),
        ("discoverable", patch.discoverable.is_some()),
        ("message_policy", patch.message_policy.is_some()),
    ]);
    let settings = app.update_settings(caller.account_id()?, Some(input), &fields).await?;
    Ok(Json(settings.into()))
}

/// The names of those fields that are there.
fn named<const N: usize>(fields: [(&str, bool); N]) -> Vec<String> {
    fields.into_iter().filter(|(_, there)| *there).map(|(name, _)| name.to_owned()).collect()
}

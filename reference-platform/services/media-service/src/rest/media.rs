//! Routes of files, without their bytes.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, post};
use social_auth::Caller;
use social_proto::media::v1;
use social_runtime::{Error, Problem, timestamp};

use super::models::{Lifetime, Media, MediaList, Page, SignedUrl};
use crate::app::App;

/// The files of the caller, newest first.
#[utoipa::path(tag = "media", params(Page), responses(
    (status = 200, body = MediaList), (status = "default", body = Problem)
))]
#[get("/v1/media")]
pub async fn list(app: Data<App>, caller: Caller, page: Query<Page>) -> Result<Json<MediaList>, Error> {
    let Page { kind, page_size, page_token } = page.into_inner();
    let kind = kind.map(|kind| kind.to_contract().into()).unwrap_or_default();
    let response = app.list_media(&caller, v1::ListMediaRequest { kind, page_size, page_token }).await?;
    let media = response.media.into_iter().map(Media::from).collect();
    Ok(Json(MediaList { media, next_page_token: response.next_page_token }))
}

/// One file and how far it is.
#[utoipa::path(tag = "media", params(("media_id" = String, Path)), responses(
    (status = 200, body = Media), (status = "default", body = Problem)
))]
#[get("/v1/media/{media_id}")]
pub async fn read(app: Data<App>, caller: Caller, media_id: Path<String>) -> Result<Json<Media>, Error> {
    let response = app.get_media(&caller, v1::GetMediaRequest { media_id: media_id.into_inner() }).await?;
    Ok(Json(response.media.unwrap_or_default().into()))
}

/// Deletes a file of the caller with its variants. Addresses that were signed end with it.
#[utoipa::path(tag = "media", params(("media_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[delete("/v1/media/{media_id}")]
pub async fn remove(app: Data<App>, caller: Caller, media_id: Path<String>) -> Result<HttpResponse, Error> {
    app.delete_media(&caller, v1::DeleteMediaRequest { media_id: media_id.into_inner() }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs an address by which a variant can be fetched for a while.
#[utoipa::path(tag = "media", params(("media_id" = String, Path), ("variant" = String, Path), Lifetime), responses(
    (status = 200, body = SignedUrl), (status = "default", body = Problem)
))]
#[post("/v1/media/{media_id}/{variant}/url")]
pub async fn sign(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    lifetime: Query<Lifetime>,
) -> Result<Json<SignedUrl>, Error> {
    let (media_id, variant) = path.into_inner();
    let seconds = lifetime.into_inner().lifetime_seconds;
    let lifetime = seconds.map(|seconds| prost_types::Duration { seconds: seconds.into(), nanos: 0 });
    let response = app.sign_url(&caller, v1::SignUrlRequest { media_id, variant, lifetime }).await?;
    let expire_time = response.expire_time.as_ref().and_then(timestamp::from_proto);
    Ok(Json(SignedUrl { url: response.url, expire_time }))
}

//! Routes of players: they have no token, and pages of any origin may hold them. Caches between them and here take the load.

use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use social_proto::streaming::v1;
use social_runtime::{Error, Problem};

use crate::app::App;

const PLAYLIST_TYPE: &str = "application/vnd.apple.mpegurl";
const SEGMENT_TYPE: &str = "video/mp2t";
/// A segment is at least a second long, so no player misses one.
const LIVE: &str = "public, max-age=1";
/// What has ended changes no more, but goes one day, sooner if its owner's account does.
const ENDED: &str = "public, max-age=60";
/// A segment never changes. Not for longer, so that what was erased is gone from caches soon.
const SEGMENT: &str = "public, max-age=600, immutable";

/// The HLS playlist of a stream (RFC 8216): the last 6 segments while it is live, all of them afterwards. Needs no token.
#[utoipa::path(tag = "video", security(()), params(("stream_id" = String, Path)), responses(
    (status = 200, body = String, content_type = "application/vnd.apple.mpegurl"), (status = "default", body = Problem)
))]
#[get("/v1/streams/{stream_id}/playlist.m3u8", wrap = "any_origin()")]
pub async fn playlist(app: Data<App>, stream_id: Path<String>) -> Result<HttpResponse, Error> {
    let playable = app.get_playlist(v1::GetPlaylistRequest { stream_id: stream_id.into_inner() }).await?;
    let lifetime = if playable.is_live { LIVE } else { ENDED };
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, PLAYLIST_TYPE)).insert_header((CACHE_CONTROL, lifetime));
    Ok(response.body(playable.playlist))
}

/// A segment of a stream, by the address in its playlist. Needs no token.
#[utoipa::path(
    tag = "video", security(()), params(("stream_id" = String, Path), ("sequence" = i64, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "video/mp2t"), (status = "default", body = Problem))
)]
#[get("/v1/streams/{stream_id}/segments/{sequence}.ts", wrap = "any_origin()")]
pub async fn segment(app: Data<App>, path: Path<(String, i64)>) -> Result<HttpResponse, Error> {
    let (stream_id, sequence) = path.into_inner();
    let content = app.segment(&stream_id, sequence).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, SEGMENT_TYPE)).insert_header((CACHE_CONTROL, SEGMENT));
    Ok(response.body(content))
}

/// On what is refused, too: players tell it from a broken connection.
fn any_origin() -> DefaultHeaders {
    DefaultHeaders::new().add((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
}

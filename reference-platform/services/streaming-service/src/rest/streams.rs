//! Routes of streams.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use social_auth::Caller;
use social_proto::streaming::v1;
use social_runtime::{Error, Problem};

use super::header;
use super::models::{CreatedStream, History, HistoryEntry, Key, NewStream, Page, Stream, Streams};
use crate::app::App;

/// Makes a stream and its first key, which is shown here only. The same `Idempotency-Key`, a UUID, gives the same stream again,
/// without its key.
#[utoipa::path(
    tag = "streams", request_body = NewStream, params(("Idempotency-Key" = String, Header)),
    responses((status = 201, body = CreatedStream), (status = "default", body = Problem))
)]
#[post("/v1/streams")]
pub async fn create(
    app: Data<App>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewStream>,
) -> Result<HttpResponse, Error> {
    let request_id = header(request.headers(), "idempotency-key");
    let request = v1::CreateStreamRequest { request_id, title: body.into_inner().title };
    let response = app.create_stream(&caller, request).await?;
    let created = CreatedStream { stream: response.stream.map(Stream::from), stream_key: response.stream_key };
    Ok(HttpResponse::Created().json(created))
}

/// Gives a stream of the caller another key; the old one ends at once. The same `Idempotency-Key`, a UUID, rotates once.
#[utoipa::path(
    tag = "streams", params(("stream_id" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = Key), (status = "default", body = Problem))
)]
#[post("/v1/streams/{stream_id}/key")]
pub async fn rotate_key(
    app: Data<App>,
    caller: Caller,
    stream_id: Path<String>,
    request: HttpRequest,
) -> Result<Json<Key>, Error> {
    let request_id = header(request.headers(), "idempotency-key");
    let request = v1::RotateStreamKeyRequest { request_id, stream_id: stream_id.into_inner() };
    let response = app.rotate_stream_key(&caller, request).await?;
    Ok(Json(Key { stream_key: response.stream_key }))
}

/// One stream.
#[utoipa::path(tag = "streams", params(("stream_id" = String, Path)), responses(
    (status = 200, body = Stream), (status = "default", body = Problem)
))]
#[get("/v1/streams/{stream_id}")]
pub async fn read(app: Data<App>, _caller: Caller, stream_id: Path<String>) -> Result<Json<Stream>, Error> {
    let response = app.get_stream(v1::GetStreamRequest { stream_id: stream_id.into_inner() }).await?;
    Ok(Json(response.stream.unwrap_or_default().into()))
}

/// Who is live, most watched first.
#[utoipa::path(tag = "streams", params(Page), responses(
    (status = 200, body = Streams), (status = "default", body = Problem)
))]
#[get("/v1/streams")]
pub async fn live(app: Data<App>, _caller: Caller, page: Query<Page>) -> Result<Json<Streams>, Error> {
    let Page { page_size, page_token } = page.into_inner();
    let response = app.list_live_streams(v1::ListLiveStreamsRequest { page_size, page_token }).await?;
    let streams = response.streams.into_iter().map(Stream::from).collect();
    Ok(Json(Streams { streams, next_page_token: response.next_page_token }))
}

/// The streams of a user, newest first.
#[utoipa::path(tag = "streams", params(("user_id" = String, Path), Page), responses(
    (status = 200, body = Streams), (status = "default", body = Problem)
))]
#[get("/v1/users/{user_id}/streams")]
pub async fn of_user(
    app: Data<App>,
    _caller: Caller,
    user_id: Path<String>,
    page: Query<Page>,
) -> Result<Json<Streams>, Error> {
    let Page { page_size, page_token } = page.into_inner();
    let request = v1::ListStreamsRequest { owner_id: user_id.into_inner(), page_size, page_token };
    let response = app.list_streams(request).await?;
    let streams = response.streams.into_iter().map(Stream::from).collect();
    Ok(Json(Streams { streams, next_page_token: response.next_page_token }))
}

/// What happened to a stream of the caller, oldest first.
#[utoipa::path(tag = "streams", params(("stream_id" = String, Path), Page), responses(
    (status = 200, body = History), (status = "default", body = Problem)
))]
#[get("/v1/streams/{stream_id}/history")]
pub async fn history(
    app: Data<App>,
    caller: Caller,
    stream_id: Path<String>,
    page: Query<Page>,
) -> Result<Json<History>, Error> {
    let Page { page_size, page_token } = page.into_inner();
    let request = v1::ListStreamHistoryRequest { stream_id: stream_id.into_inner(), page_size, page_token };
    let response = app.list_stream_history(&caller, request).await?;
    let entries = response.entries.into_iter().map(HistoryEntry::from).collect();
    Ok(Json(History { entries, next_page_token: response.next_page_token }))
}

/// Ends a stream of the caller, for good.
#[utoipa::path(tag = "streams", params(("stream_id" = String, Path)), responses(
    (status = 200, body = Stream), (status = "default", body = Problem)
))]
#[post("/v1/streams/{stream_id}/end")]
pub async fn end(app: Data<App>, caller: Caller, stream_id: Path<String>) -> Result<Json<Stream>, Error> {
    let response = app.end_stream(&caller, v1::EndStreamRequest { stream_id: stream_id.into_inner() }).await?;
    Ok(Json(response.stream.unwrap_or_default().into()))
}

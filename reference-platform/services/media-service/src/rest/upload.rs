//! Uploads as raw bodies, which are never in memory as a whole.

use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use social_auth::Caller;
use social_proto::media::v1::UploadHeader;
use social_runtime::{Error, Problem};
use tonic::Code;

use super::header;
use super::models::{Media, NewMedia};
use crate::app::App;

/// The pattern of the route.
pub const UPLOADS: &str = "/v1/media";

/// Uploads one file, its bytes as the body. `Content-Length` and `Content-Digest` (`sha-256=:<base64>:`, RFC 9530) say what must arrive.
/// The same `Idempotency-Key`, a UUID, gives the stored answer again.
#[utoipa::path(
    tag = "media",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(NewMedia, ("Idempotency-Key" = String, Header), ("Content-Digest" = String, Header)),
    responses((status = 201, body = Media), (status = "default", body = Problem))
)]
#[post("/v1/media")]
pub async fn upload(
    app: Data<App>,
    caller: Caller,
    new: Query<NewMedia>,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, Error> {
    let headers = request.headers();
    let size = header(headers, "content-length");
    let header = UploadHeader {
        request_id: header(headers, "idempotency-key").to_owned(),
        kind: new.kind.to_contract().into(),
        size_bytes: size.parse().map_err(|_| Error::invalid("Content-Length", "is required"))?,
        sha256: digest(header(headers, "content-digest"))?,
    };
    let chunks = body.map(|chunk| chunk.map_err(|error| Error::data_loss("the body is broken").with_source(error)));
    let response = app.upload_media(&caller, header, chunks).await.map_err(|error| match error.code() {
        // Of HTTP, that would be a fault of the server.
        Code::DataLoss => Error::invalid("body", error.message()).with_reason("DATA_LOSS"),
        _ => error,
    })?;
    Ok(HttpResponse::Created().json(Media::from(response.media.unwrap_or_default())))
}

/// The SHA-256 among the digests of a header.
fn digest(digests: &str) -> Result<Vec<u8>, Error> {
    let given = digests.split(',').find_map(|one| one.trim().strip_prefix("sha-256=:")?.strip_suffix(':'));
    let digest = given.and_then(|digest| STANDARD.decode(digest).ok());
    digest.ok_or_else(|| Error::invalid("Content-Digest", "must have the form sha-256=:<base64>:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read() {
        assert_eq!(digest("sha-256=:AAEC:").unwrap(), [0, 1, 2]);
        assert_eq!(digest("sha-512=:x:, sha-256=:AAEC:").unwrap(), [0, 1, 2]);
        for nonsense in ["", "sha-256=AAEC", "sha-256=:AAEC", "sha-512=:AAEC:", "sha-256=:%:"] {
            assert!(digest(nonsense).is_err(), "{nonsense}");
        }
    }
}

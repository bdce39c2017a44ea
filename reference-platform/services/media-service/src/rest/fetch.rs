//! The bytes of variants, for who holds a signed address. No token is needed: browsers and players send none.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::header::{self, Header, HeaderMap};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, route};
use social_runtime::{Error, Problem};

use super::models::Signature;
use crate::app::{App, Download, Fetch};

/// A copy at the client may outlive the file by this.
const MAX_AGE_SECONDS: u64 = 300;

/// Fetches a variant by a signed address, or a range of it.
#[utoipa::path(get, path = "/v1/media/{media_id}/{variant}", tag = "media", security(()),
    params(("media_id" = String, Path), ("variant" = String, Path), Signature, ("Range" = Option<String>, Header)),
    responses(
        (status = 200, description = "The bytes"), (status = 206, description = "A range of them"), (status = 304),
        (status = 416), (status = "default", body = Problem)
    )
)]
#[route("/v1/media/{media_id}/{variant}", method = "GET", method = "HEAD")]
pub async fn fetch(
    app: Data<App>,
    path: Path<(String, String)>,
    signature: Query<Signature>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (media_id, variant) = path.into_inner();
    let Signature { expires, signature } = signature.into_inner();
    let download = app.download(Fetch { media_id, variant, expires, signature }).await?;
    // What is once made is never changed, but a playlist, whose addresses are signed anew.
    let etag = format!("\"{}-{}\"", download.media_id, download.variant.as_str());
    let etag = download.playlist.is_none().then_some(etag.as_str());

    if is_known(request.headers(), etag) {
        return Ok(with_headers(HttpResponse::NotModified(), &download, etag).finish());
    }
    let wanted = wanted(&request, download.size_bytes, etag);
    let (mut response, range) = match wanted {
        Wanted::Everything => (HttpResponse::Ok(), None),
        Wanted::Part(range) => (HttpResponse::PartialContent(), Some(range)),
        Wanted::Nothing => {
            let all = format!("bytes */{}", download.size_bytes);
            return Ok(HttpResponse::RangeNotSatisfiable().insert_header((header::CONTENT_RANGE, all)).finish());
        }
    };
    if let Some(range) = &range {
        let part = format!("bytes {}-{}/{}", range.start, range.end - 1, download.size_bytes);
        response.insert_header((header::CONTENT_RANGE, part));
    }
    let length = range.as_ref().map_or(download.size_bytes, |range| range.end - range.start);
    let bytes = app.bytes_of(&download, range).await?;
    response.content_type(download.content_type.as_str());
    Ok(with_headers(response, &download, etag).body(SizedStream::new(length, bytes)))
}

/// For clients and for what is between: private, as long as the address is good, never run as a page, usable by players of any site.
fn with_headers(mut response: HttpResponseBuilder, download: &Download, etag: Option<&str>) -> HttpResponseBuilder {
    let max_age = download.seconds_left.min(MAX_AGE_SECONDS);
    response
        .insert_header((header::CACHE_CONTROL, format!("private, max-age={max_age}")))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(("cross-origin-resource-policy", "cross-origin"));
    if let Some(etag) = etag {
        response.insert_header((header::ETAG, etag));
    }
    response
}

fn is_known(headers: &HeaderMap, etag: Option<&str>) -> bool {
    let known = super::header(headers, "if-none-match");
    etag.is_some_and(|etag| {
        known.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == etag)
    })
}

#[derive(Debug, PartialEq)]
enum Wanted {
    Everything,
    Part(Range<u64>),
    /// A range that is not there.
    Nothing,
}

/// One range is given; several of them, or what cannot be read, are passed over, as RFC 9110 allows.
fn wanted(request: &HttpRequest, size: u64, etag: Option<&str>) -> Wanted {
    let condition = super::header(request.headers(), "if-range");
    if !condition.is_empty() && Some(condition) != etag {
        return Wanted::Everything;
    }
    let Ok(header::Range::Bytes(ranges)) = header::Range::parse(request) else { return Wanted::Everything };
    let [range] = ranges.as_slice() else { return Wanted::Everything };
    match range.to_satisfiable_range(size) {
        Some((first, last)) => Wanted::Part(first..last + 1),
        None => Wanted::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn ranges_are_read() {
        let of = |range: &str, condition: &str| {
            let request = TestRequest::default().insert_header((header::RANGE, range));
            wanted(&request.insert_header((header::IF_RANGE, condition)).to_http_request(), 100, Some("\"e\""))
        };
        assert_eq!(of("bytes=0-9", ""), Wanted::Part(0..10));
        assert_eq!(of("bytes=90-200", ""), Wanted::Part(90..100));
        assert_eq!(of("bytes=-7", "\"e\""), Wanted::Part(93..100));
        assert_eq!(of("bytes=100-", ""), Wanted::Nothing);
        for everything in ["bytes=0-1,5-6", "lines=1-2", "bytes=x", ""] {
            assert_eq!(of(everything, ""), Wanted::Everything, "{everything}");
        }
        assert_eq!(of("bytes=0-9", "\"other\""), Wanted::Everything);
    }
}

//! Signed addresses, and what they give.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use social_proto::media::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::files::photo;
use crate::harness::{Harness, code, id};

impl Harness {
    async fn sign(
        &self,
        caller: Uuid,
        media_id: &str,
        variant: &str,
        seconds: Option<i64>,
    ) -> Result<SignUrlResponse, tonic::Status> {
        let lifetime = seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 });
        let request = SignUrlRequest { media_id: media_id.to_owned(), variant: variant.to_owned(), lifetime };
        Ok(self.client.clone().sign_url(self.as_user(caller, request)).await?.into_inner())
    }

    async fn fetch(&self, method: Method, url: &str, headers: &[(&str, &str)]) -> Response {
        let url = url.replace("https://media.example", &self.url);
        let mut request = reqwest::Client::new().request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }
}

#[tokio::test]
async fn a_signed_address_gives_the_bytes_until_the_file_is_deleted() {
    let harness = Harness::start().await;
    let (owner, reader) = (Uuid::now_v7(), Uuid::now_v7());
    let media = harness.process(owner, MediaKind::Image, &photo(300, 200)).await;
    let media_id = media.media_id.as_str();
    // Whoever may see the file may sign.
    let signed = harness.sign(reader, media_id, "large", None).await.unwrap();
    assert!(
        signed.url.starts_with(&format!("https://media.example/v1/media/{media_id}/large?expires=")),
        "{}",
        signed.url
    );
    let left = signed.expire_time.unwrap().seconds - time::OffsetDateTime::now_utc().unix_timestamp();
    assert!((297..=300).contains(&left), "{left}");

    let stored = harness.stored(media_id, "large");
    let all = harness.fetch(Method::GET, &signed.url, &[]).await;
    assert_eq!(all.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("content-length", &stored.len().to_string()),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(all.headers()[name], *value, "{name}");
    }
    assert!(all.headers()["cache-control"].to_str().unwrap().starts_with("private, max-age="));
    let etag = all.headers()["etag"].to_str().unwrap().to_owned();
    assert!(all.bytes().await.unwrap() == stored);

    let part = harness.fetch(Method::GET, &signed.url, &[("range", "bytes=10-19"), ("if-range", &etag)]).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()["content-range"], format!("bytes 10-19/{}", stored.len()));
    assert_eq!(part.bytes().await.unwrap(), stored[10..20]);
    let end = harness.fetch(Method::GET, &signed.url, &[("range", "bytes=-5")]).await;
    assert_eq!(end.bytes().await.unwrap(), stored[stored.len() - 5..]);
    let beyond = harness.fetch(Method::GET, &signed.url, &[("range", "bytes=9999999-")]).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.headers()["content-range"], format!("bytes */{}", stored.len()));
    let known = harness.fetch(Method::GET, &signed.url, &[("if-none-match", &etag)]).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let head = harness.fetch(Method::HEAD, &signed.url, &[]).await;
    assert_eq!(
        (head.status(), &head.headers()["content-length"]),
        (StatusCode::OK, &stored.len().to_string().parse().unwrap())
    );

    let delete = DeleteMediaRequest { media_id: media_id.to_owned() };
    harness.client.clone().delete_media(harness.as_user(owner, delete)).await.unwrap();
    assert_eq!(harness.fetch(Method::GET, &signed.url, &[]).await.status(), StatusCode::NOT_FOUND);
    harness.left(media_id, &[]).await;
}

#[tokio::test]
async fn an_address_is_good_for_nothing_else() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    let media = harness.process(owner, MediaKind::Image, &photo(30, 20)).await;
    let other = harness.process(owner, MediaKind::Image, &photo(31, 21)).await;
    let signed = harness.sign(owner, &media.media_id, "small", Some(1)).await.unwrap();
    let expires = signed.expire_time.unwrap().seconds;
    for forged in [
        signed.url.replace("small", "large"),
        signed.url.replace(&media.media_id, &other.media_id),
        signed.url.replace(&format!("expires={expires}"), &format!("expires={}", expires + 3600)),
        signed.url.replace("signature=", "signature=A"),
        signed.url.replace(&signed.url[signed.url.len() - 5..], "AAAAA"),
    ] {
        assert_eq!(harness.fetch(Method::GET, &forged, &[]).await.status(), StatusCode::FORBIDDEN, "{forged}");
    }
    let (address, _) = signed.url.split_once('?').unwrap();
    assert_eq!(harness.fetch(Method::GET, address, &[]).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        harness.fetch(Method::GET, &signed.url.replace("small", "huge"), &[]).await.status(),
        StatusCode::NOT_FOUND
    );
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(harness.fetch(Method::GET, &signed.url, &[]).await.status(), StatusCode::FORBIDDEN, "expired");
}

#[tokio::test]
async fn only_what_is_ready_is_signed() {
    let harness = Harness::start_with(|settings| settings.processing_workers = 0).await;
    let owner = Uuid::now_v7();
    let media = harness.upload(owner, MediaKind::Image, &photo(30, 20)).await;
    let media_id = media.media_id.as_str();
    for (expected, caller, media_id, variant, seconds) in [
        (Code::FailedPrecondition, owner, media_id, "original", None),
        (Code::NotFound, Uuid::now_v7(), media_id, "original", None),
        (Code::NotFound, owner, &id(), "original", None),
        (Code::InvalidArgument, owner, "x", "original", None),
        (Code::InvalidArgument, owner, media_id, "", None),
        (Code::InvalidArgument, owner, media_id, "huge", None),
        (Code::InvalidArgument, owner, media_id, "original", Some(0)),
        (Code::InvalidArgument, owner, media_id, "original", Some(-1)),
        (Code::InvalidArgument, owner, media_id, "original", Some(3601)),
        (Code::InvalidArgument, owner, media_id, "original", Some(i64::MAX)),
    ] {
        assert_eq!(code(harness.sign(caller, media_id, variant, seconds).await), expected, "{variant} {seconds:?}");
    }
    let harness = Harness::start().await;
    let media = harness.process(owner, MediaKind::Image, &photo(30, 20)).await;
    assert_eq!(code(harness.sign(owner, &media.media_id, "poster", None).await), Code::NotFound);
    assert_eq!(code(harness.sign(owner, &media.media_id, "original", Some(3600)).await), Code::Ok);
}

//! The REST edge.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::files::{image, photo};
use crate::harness::{Harness, id};

struct Client<'a> {
    harness: &'a Harness,
    token: String,
}

impl Client<'_> {
    async fn call(&self, method: Method, path: &str) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.harness.url);
        let response = reqwest::Client::new().request(method, url).bearer_auth(&self.token).send().await.unwrap();
        (response.status(), response.json().await.unwrap_or(Value::Null))
    }

    async fn upload(&self, kind: &str, key: &str, digest: &str, body: Vec<u8>) -> (StatusCode, Value) {
        let response = reqwest::Client::new()
            .post(format!("{}/v1/media?kind={kind}", self.harness.url))
            .bearer_auth(&self.token)
            .header("idempotency-key", key)
            .header("content-digest", digest)
            .body(body)
            .send()
            .await
            .unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

#[tokio::test]
async fn the_use_cases_are_there_in_json() {
    let harness = Harness::start().await;
    let (owner, reader) = (Uuid::now_v7(), Uuid::now_v7());
    let by_owner = Client { harness: &harness, token: harness.tokens.user(owner) };
    let by_reader = Client { harness: &harness, token: harness.tokens.user(reader) };

    // More than extractors take.
    let bytes = [photo(100, 50), vec![0; 3 << 19]].concat();
    let key = id();
    let (status, media) = by_owner.upload("image", &key, &digest(&bytes), bytes.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{media}");
    assert_eq!(
        (&media["state"], &media["kind"], &media["owner_id"]),
        (&json!("processing"), &json!("image"), &json!(owner))
    );
    let (_, again) = by_owner.upload("image", &key, &digest(&bytes), bytes).await;
    assert_eq!(again, media);

    let media_id = media["media_id"].as_str().unwrap();
    harness.processed(owner, media_id).await;
    let path = format!("/v1/media/{media_id}");
    let (status, media) = by_reader.call(Method::GET, &path).await;
    assert_eq!(
        (status, &media["state"], &media["variants"][3]["name"]),
        (StatusCode::OK, &json!("ready"), &json!("thumbnail"))
    );
    let (_, page) = by_owner.call(Method::GET, "/v1/media?kind=image&page_size=1").await;
    assert_eq!(page, json!({"media": [media], "next_page_token": ""}));
    let (_, page) = by_owner.call(Method::GET, "/v1/media?kind=video").await;
    assert_eq!(page["media"], json!([]));

    let (status, signed) = by_reader.call(Method::POST, &format!("{path}/thumbnail/url?lifetime_seconds=60")).await;
    assert_eq!(status, StatusCode::OK, "{signed}");
    let url = signed["url"].as_str().unwrap().replace("https://media.example", &harness.url);
    assert_eq!(reqwest::get(&url).await.unwrap().bytes().await.unwrap(), harness.stored(media_id, "thumbnail"));

    assert_eq!(by_reader.call(Method::DELETE, &path).await.0, StatusCode::FORBIDDEN);
    assert_eq!(by_owner.call(Method::DELETE, &path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(by_owner.call(Method::GET, &path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(reqwest::get(&url).await.unwrap().status(), StatusCode::NOT_FOUND);
    harness.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_as_a_problem() {
    let harness = Harness::start().await;
    let client = Client { harness: &harness, token: harness.tokens.user(Uuid::now_v7()) };
    let png = image(100, 100, ImageFormat::Png);
    let (key, right) = (id(), digest(&png));
    for (kind, key, digest, body, field) in [
        ("image", "x", &right, png.clone(), "header.request_id"),
        ("image", &key, &String::new(), png.clone(), "Content-Digest"),
        ("image", &key, &digest(b"other"), png.clone(), "body"),
        ("image", &key, &right, Vec::new(), "Content-Length"),
        ("image", &key, &right, vec![0; (20 << 20) + 1], "header.size_bytes"),
        ("video", &key, &right, png.clone(), "chunk"),
        ("sound", &key, &right, png.clone(), "query"),
    ] {
        let (status, problem) = client.upload(kind, key, digest, body).await;
        assert_eq!((status, &problem["violations"][0]["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{problem}");
    }
    for path in ["/v1/media/x", "/v1/media?page_size=101", "/v1/media?page_token=x", "/v1/media?kind=sound"] {
        assert_eq!(client.call(Method::GET, path).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    let anonymous = Client { harness: &harness, token: "nonsense".to_owned() };
    assert_eq!(anonymous.upload("image", &key, &right, png).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(anonymous.call(Method::GET, "/v1/media").await.0, StatusCode::UNAUTHORIZED);
    harness.untouched().await;

    let (status, document) = client.call(Method::GET, "/openapi.json").await;
    assert_eq!(status, StatusCode::OK);
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    paths.sort_unstable();
    let expected =
        ["/v1/media", "/v1/media/{media_id}", "/v1/media/{media_id}/{variant}", "/v1/media/{media_id}/{variant}/url"];
    assert_eq!(paths, expected);
    harness.stop().await;
}

//! The REST edge.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Harness, id};

struct Client<'a> {
    harness: &'a Harness,
    token: String,
}

impl Client<'_> {
    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request =
            reqwest::Client::new().request(method, format!("{}{path}", self.harness.url)).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap_or(Value::Null))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_use_cases_are_there_in_json() {
    let harness = Harness::start().await;
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    let (author_token, reader_token) = (harness.tokens.user(author), harness.tokens.user(reader));
    let by_author = Client { harness: &harness, token: author_token };
    let by_reader = Client { harness: &harness, token: reader_token };

    let key = id();
    let body = json!({"text": "hello #rest", "visibility": "public"});
    let (status, post) =
        by_author.call(Method::POST, "/v1/posts", &[("Idempotency-Key", &key)], Some(body.clone())).await;
    assert_eq!(status, StatusCode::CREATED, "{post}");
    assert_eq!((&post["tags"], &post["visibility"]), (&json!(["rest"]), &json!("public")));
    let (_, again) = by_author.call(Method::POST, "/v1/posts", &[("Idempotency-Key", &key)], Some(body)).await;
    assert_eq!(again, post);
    let path = format!("/v1/posts/{}", post["post_id"].as_str().unwrap());
    assert_eq!(by_reader.call(Method::GET, &path, &[], None).await, (StatusCode::OK, post.clone()));

    let change = Some(json!({"text": "changed"}));
    let etag = format!("\"{}\"", post["etag"].as_str().unwrap());
    let (status, changed) = by_author.call(Method::PATCH, &path, &[("If-Match", &etag)], change.clone()).await;
    assert_eq!((status, &changed["text"]), (StatusCode::OK, &json!("changed")));
    let (status, problem) = by_author.call(Method::PATCH, &path, &[("If-Match", &etag)], change.clone()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("ABORTED")));
    let etag = changed["etag"].as_str().unwrap();
    assert_eq!(by_reader.call(Method::PATCH, &path, &[("If-Match", etag)], change).await.0, StatusCode::FORBIDDEN);

    let comments = format!("{path}/comments");
    let body = Some(json!({"text": "well said"}));
    let (status, comment) = by_reader.call(Method::POST, &comments, &[("Idempotency-Key", &id())], body).await;
    assert_eq!(status, StatusCode::CREATED, "{comment}");
    let (_, page) = by_author.call(Method::GET, &format!("{comments}?page_size=1"), &[], None).await;
    assert_eq!(page, json!({"comments": [comment], "next_page_token": ""}));

    let mine = format!("{path}/reactions/mine");
    assert_eq!(by_reader.call(Method::PUT, &mine, &[], Some(json!({"kind": "love"}))).await.0, StatusCode::NO_CONTENT);
    let (_, page) = by_author.call(Method::GET, &format!("{path}/reactions?kind=love"), &[], None).await;
    assert_eq!((&page["reactions"][0]["user_id"], &page["reactions"][0]["kind"]), (&json!(reader), &json!("love")));
    let (_, counters) = by_author.call(Method::GET, &format!("{path}/counters"), &[], None).await;
    assert_eq!(counters, json!({"comment_count": 1, "reactions": [{"kind": "love", "count": 1}]}));
    assert_eq!(by_reader.call(Method::DELETE, &mine, &[], None).await.0, StatusCode::NO_CONTENT);

    let (_, page) = by_reader.call(Method::GET, &format!("/v1/users/{author}/posts"), &[], None).await;
    assert_eq!(page["posts"], json!([changed]));
    let comment = format!("/v1/comments/{}", comment["comment_id"].as_str().unwrap());
    assert_eq!(by_reader.call(Method::DELETE, &comment, &[], None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(by_author.call(Method::DELETE, &path, &[], None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(by_reader.call(Method::GET, &path, &[], None).await.0, StatusCode::NOT_FOUND);
    harness.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_refused_as_a_problem() {
    let harness = Harness::start().await;
    let client = Client { harness: &harness, token: harness.tokens.user(Uuid::now_v7()) };
    let key = id();
    for (body, field) in [
        (json!({"text": "", "visibility": "public"}), "text"),
        (json!({"text": "x".repeat(5001), "visibility": "public"}), "text"),
        (json!({"text": "x", "visibility": "everybody"}), "body"),
        (json!({"text": "x", "visibility": "public", "media_ids": ["x"]}), "media_ids[0]"),
        (json!({"text": "x", "visibility": "public", "author_id": id()}), "body"),
    ] {
        let (status, problem) = client.call(Method::POST, "/v1/posts", &[("Idempotency-Key", &key)], Some(body)).await;
        assert_eq!((status, &problem["violations"][0]["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{problem}");
    }
    let body = json!({"text": "x", "visibility": "public"});
    let (status, problem) = client.call(Method::POST, "/v1/posts", &[], Some(body)).await;
    assert_eq!((status, &problem["violations"][0]["field"]), (StatusCode::BAD_REQUEST, &json!("request_id")));
    for path in
        ["/v1/posts/x", "/v1/users/x/posts", "/v1/posts/x/comments", &format!("/v1/users/{key}/posts?page_size=101")]
    {
        assert_eq!(client.call(Method::GET, path, &[], None).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    let anonymous = Client { harness: &harness, token: "nonsense".to_owned() };
    assert_eq!(anonymous.call(Method::GET, &format!("/v1/posts/{key}"), &[], None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(harness.outbox().await, 0);

    let (status, document) = client.call(Method::GET, "/openapi.json", &[], None).await;
    assert_eq!(status, StatusCode::OK);
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "/v1/comments/{comment_id}",
        "/v1/posts",
        "/v1/posts/{post_id}",
        "/v1/posts/{post_id}/comments",
        "/v1/posts/{post_id}/counters",
        "/v1/posts/{post_id}/reactions",
        "/v1/posts/{post_id}/reactions/mine",
        "/v1/users/{user_id}/posts",
    ];
    expected.sort_unstable();
    let mut paths = paths;
    paths.sort_unstable();
    assert_eq!(paths, expected);
    harness.stop().await;
}

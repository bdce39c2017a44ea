//! The REST edge.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{World, id};

struct Client<'a> {
    world: &'a World,
    token: String,
}

impl Client<'_> {
    async fn call(&self, method: Method, path: &str, key: Option<&str>, body: Option<Value>) -> (StatusCode, Value) {
        let mut request =
            reqwest::Client::new().request(method, format!("{}{path}", self.world.url)).bearer_auth(&self.token);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
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
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let by_owner = Client { world: &world, token: world.tokens.user(owner) };
    let by_viewer = Client { world: &world, token: world.tokens.user(Uuid::now_v7()) };
    let request_id = id();
    let key = Some(request_id.as_str());

    let body = Some(json!({"title": "by REST"}));
    let (status, created) = by_owner.call(Method::POST, "/v1/streams", key, body.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let (_, again) = by_owner.call(Method::POST, "/v1/streams", key, body).await;
    assert_eq!((&again["stream"], &again["stream_key"]), (&created["stream"], &json!("")));
    let stream_id = created["stream"]["stream_id"].as_str().unwrap();
    let path = format!("/v1/streams/{stream_id}");
    assert_eq!(by_viewer.call(Method::GET, &path, None, None).await, (StatusCode::OK, created["stream"].clone()));

    let encoder = world.encoder(stream_id, created["stream_key"].as_str().unwrap()).await;
    encoder.send(1).await;
    world.stored(stream_id, 1).await;
    let (status, live) = by_viewer.call(Method::GET, "/v1/streams?page_size=1", None, None).await;
    assert_eq!((status, &live["streams"][0]["state"]), (StatusCode::OK, &json!("live")), "{live}");
    let of_user = by_viewer.call(Method::GET, &format!("/v1/users/{owner}/streams"), None, None).await.1;
    assert_eq!(of_user["streams"][0]["stream_id"], json!(stream_id));
    let viewers = format!("{path}/viewers/{}", id());
    let watching = by_viewer.call(Method::PUT, &viewers, None, None).await;
    assert_eq!(watching, (StatusCode::OK, json!({"viewer_count": 1})));
    let text = Some(json!({"text": "hello"}));
    let (status, said) = by_viewer.call(Method::POST, &format!("{path}/chat"), key, text).await;
    assert_eq!((status, &said["text"]), (StatusCode::CREATED, &json!("hello")), "{said}");

    let rotate = format!("{path}/key");
    assert_eq!(by_viewer.call(Method::POST, &rotate, key, None).await.0, StatusCode::FORBIDDEN);
    let (status, rotated) = by_owner.call(Method::POST, &rotate, key, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(rotated["stream_key"], created["stream_key"]);
    let end = format!("{path}/end");
    assert_eq!(by_viewer.call(Method::POST, &end, None, None).await.0, StatusCode::FORBIDDEN);
    let (status, ended) = by_owner.call(Method::POST, &end, None, None).await;
    assert_eq!((status, &ended["state"]), (StatusCode::OK, &json!("ended")));
    let history = by_owner.call(Method::GET, &format!("{path}/history"), None, None).await.1;
    let states: Vec<_> = history["entries"].as_array().unwrap().iter().map(|entry| &entry["state"]).collect();
    assert_eq!(states, ["created", "live", "live", "interrupted", "ended"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_refused_with_a_problem_and_all_is_described() {
    let world = World::start().await;
    let client = Client { world: &world, token: world.tokens.user(Uuid::now_v7()) };
    let request_id = id();
    let key = Some(request_id.as_str());
    for (body, field) in [
        (json!({"title": ""}), "title"),
        (json!({"title": "x".repeat(141)}), "title"),
        (json!({"title": "x", "more": 1}), "body"),
    ] {
        let (status, problem) = client.call(Method::POST, "/v1/streams", key, Some(body)).await;
        assert_eq!((status, &problem["violations"][0]["field"]), (StatusCode::BAD_REQUEST, &json!(field)));
    }
    let (status, problem) = client.call(Method::POST, "/v1/streams", None, Some(json!({"title": "x"}))).await;
    assert_eq!((status, &problem["violations"][0]["field"]), (StatusCode::BAD_REQUEST, &json!("request_id")));
    for path in ["/v1/streams/x", "/v1/users/x/streams", "/v1/streams?page_size=101", "/v1/streams/x/history"] {
        assert_eq!(client.call(Method::GET, path, None, None).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    let stranger = Client { world: &world, token: "nonsense".to_owned() };
    for path in [format!("/v1/streams/{request_id}"), "/v1/streams".to_owned()] {
        assert_eq!(stranger.call(Method::GET, &path, None, None).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 0);

    let (status, document) = client.call(Method::GET, "/openapi.json", None, None).await;
    assert_eq!(status, StatusCode::OK);
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    paths.sort_unstable();
    let expected = [
        "/v1/streams",
        "/v1/streams/{stream_id}",
        "/v1/streams/{stream_id}/chat",
        "/v1/streams/{stream_id}/end",
        "/v1/streams/{stream_id}/history",
        "/v1/streams/{stream_id}/key",
        "/v1/streams/{stream_id}/playlist.m3u8",
        "/v1/streams/{stream_id}/segments/{sequence}.ts",
        "/v1/streams/{stream_id}/viewers/{viewer_id}",
        "/v1/users/{user_id}/streams",
    ];
    assert_eq!(paths, expected);
}

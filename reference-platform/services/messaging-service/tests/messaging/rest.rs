//! The REST edge.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, id};

struct Client<'a> {
    world: &'a World,
    token: String,
}

impl Client<'_> {
    async fn call(&self, method: Method, path: &str, key: Option<&str>, body: Option<Value>) -> (StatusCode, Value) {
        let url = format!("http://{}{path}", self.world.replicas[0].http);
        let mut request = reqwest::Client::new().request(method, url).bearer_auth(&self.token);
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

#[tokio::test]
async fn the_use_cases_are_there_in_json() {
    let world = World::start().await;
    let (anna, ben, cleo) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let by_anna = Client { world: &world, token: world.tokens.user(anna) };
    let by_ben = Client { world: &world, token: world.tokens.user(ben) };

    let (key, body) = (id(), json!({"member_ids": [ben, id()], "title": "Holidays"}));
    let (status, group) = by_anna.call(Method::POST, "/v1/conversations", Some(&key), Some(body.clone())).await;
    assert_eq!(status, StatusCode::CREATED, "{group}");
    assert_eq!(by_anna.call(Method::POST, "/v1/conversations", Some(&key), Some(body)).await.1, group);
    let path = format!("/v1/conversations/{}", group["conversation_id"].as_str().unwrap());
    assert_eq!(by_ben.call(Method::GET, &path, None, None).await, (StatusCode::OK, group.clone()));

    let messages = format!("{path}/messages");
    let (status, message) = by_ben.call(Method::POST, &messages, Some(&id()), Some(json!({"text": "hello"}))).await;
    assert_eq!((status, &message["sequence"]), (StatusCode::CREATED, &json!(1)), "{message}");
    let (_, page) = by_anna.call(Method::GET, &format!("{messages}?page_size=5"), None, None).await;
    assert_eq!(page, json!({"messages": [message], "next_page_token": ""}));
    let receipts = format!("{path}/receipts/read");
    assert_eq!(
        by_anna.call(Method::PUT, &receipts, None, Some(json!({"sequence": 1}))).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, page) = by_anna.call(Method::GET, "/v1/conversations", None, None).await;
    let members = page["conversations"][0]["members"].as_array().unwrap();
    let mine = members.iter().find(|member| member["user_id"] == json!(anna)).unwrap();
    assert_eq!(mine["read_sequence"], json!(1));

    let member = format!("{path}/members/{cleo}");
    let (status, joined) = by_ben.call(Method::PUT, &member, None, None).await;
    assert_eq!((status, joined["members"].as_array().unwrap().len()), (StatusCode::OK, 4));
    assert_eq!(by_ben.call(Method::DELETE, &member, None, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(by_anna.call(Method::DELETE, &member, None, None).await.0, StatusCode::NO_CONTENT);
    let (_, presence) = by_anna.call(Method::GET, &format!("/v1/presence?user_ids={ben},{cleo}"), None, None).await;
    assert_eq!(presence, json!({"presences": [{"user_id": ben, "online": false, "last_seen_time": null}]}));
    let message = format!("{messages}/{}", message["message_id"].as_str().unwrap());
    assert_eq!(by_anna.call(Method::DELETE, &message, None, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(by_ben.call(Method::DELETE, &message, None, None).await.0, StatusCode::NO_CONTENT);
    world.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_as_a_problem() {
    let world = World::start().await;
    let client = Client { world: &world, token: world.tokens.user(Uuid::now_v7()) };
    let key = id();
    for (body, field) in [
        (json!({"member_ids": []}), "member_ids"),
        (json!({"member_ids": [id()], "title": "two have none"}), "title"),
        (json!({"member_ids": ["x"]}), "member_ids[0]"),
        (json!({"member_ids": [id()], "creator_id": id()}), "body"),
    ] {
        let (status, problem) = client.call(Method::POST, "/v1/conversations", Some(&key), Some(body)).await;
        assert_eq!((status, &problem["violations"][0]["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{problem}");
    }
    for path in
        ["/v1/conversations/x", "/v1/conversations?page_size=101", "/v1/presence?user_ids=", "/v1/presence", "/v1/chat"]
    {
        assert_eq!(client.call(Method::GET, path, None, None).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(
        client.call(Method::GET, &format!("/v1/conversations/{key}"), None, None).await.0,
        StatusCode::NOT_FOUND
    );
    let anonymous = Client { world: &world, token: "nonsense".to_owned() };
    assert_eq!(anonymous.call(Method::GET, "/v1/conversations", None, None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(world.outbox().await, 0);

    let (status, document) = client.call(Method::GET, "/openapi.json", None, None).await;
    assert_eq!(status, StatusCode::OK);
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    paths.sort_unstable();
    let expected = [
        "/v1/chat",
        "/v1/conversations",
        "/v1/conversations/{conversation_id}",
        "/v1/conversations/{conversation_id}/members/{user_id}",
        "/v1/conversations/{conversation_id}/messages",
        "/v1/conversations/{conversation_id}/messages/{message_id}",
        "/v1/conversations/{conversation_id}/receipts/{kind}",
        "/v1/presence",
    ];
    assert_eq!(paths, expected);
    world.stop().await;
}

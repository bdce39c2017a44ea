//! The REST edge.

use reqwest::StatusCode;
use serde_json::{Value, json};
use social_proto::content::v1::Visibility;
use uuid::Uuid;

use crate::world::World;

async fn get(world: &World, path: &str, token: &str) -> (StatusCode, Value) {
    let response = reqwest::Client::new().get(format!("{}{path}", world.url)).bearer_auth(token).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_use_cases_are_there_in_json() {
    let world = World::start().await;
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    world.users.follow(reader, author, crate::world::now());
    let first = world.written(author, Visibility::Public);
    let second = world.written(author, Visibility::Public);
    let token = world.tokens.user(reader);

    let (status, page) = get(&world, "/v1/feed?order=latest&page_size=1", &token).await;
    assert_eq!((status, &page["entries"][0]["post_id"]), (StatusCode::OK, &json!(second.post_id)), "{page}");
    assert_eq!((&page["entries"][0]["reason"], &page["stale_since"]), (&json!("followed"), &Value::Null));
    let next = format!("/v1/feed?page_token={}", page["next_page_token"].as_str().unwrap());
    let (_, page) = get(&world, &next, &token).await;
    assert_eq!((&page["entries"][0]["post_id"], &page["next_page_token"]), (&json!(first.post_id), &json!("")));
    let (status, answer) = get(&world, "/v1/feed/status", &token).await;
    assert_eq!((status, &answer["entry_count"]), (StatusCode::OK, &json!(2)));

    let path = format!("{}/v1/users/{reader}/feed/rebuild", world.url);
    let rebuild = |token: String| reqwest::Client::new().post(&path).bearer_auth(token).send();
    assert_eq!(rebuild(token.clone()).await.unwrap().status(), StatusCode::FORBIDDEN);
    let rebuilt = rebuild(world.tokens.operator()).await.unwrap();
    assert_eq!(rebuilt.json::<Value>().await.unwrap(), json!({"entry_count": 2}));

    for wrong in ["/v1/feed?order=best", "/v1/feed?page_size=101", "/v1/feed?page_token=x"] {
        let (status, problem) = get(&world, wrong, &token).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("INVALID_ARGUMENT")), "{wrong}");
    }
    assert_eq!(get(&world, "/v1/feed", "nonsense").await.0, StatusCode::UNAUTHORIZED);
    let (status, document) = get(&world, "/openapi.json", &token).await;
    assert_eq!(status, StatusCode::OK);
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/v1/feed", "/v1/feed/status", "/v1/users/{user_id}/feed/rebuild"]);
    world.stop().await;
}

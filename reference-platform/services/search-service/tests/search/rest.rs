//! The REST edge.

use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, id};

async fn get(world: &World, path: &str, token: &str) -> (StatusCode, Value) {
    let response = reqwest::Client::new().get(format!("{}{path}", world.url)).bearer_auth(token).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_use_cases_are_there_in_json() {
    let world = World::start().await;
    let ada = world.user("ada", "Ada King", "").await;
    let post = world.post(ada, "engines #count").await;
    world.settled().await;
    let token = world.tokens.user(Uuid::now_v7());

    let (status, page) = get(&world, "/v1/search/users?query=ada%20k", &token).await;
    assert_eq!((status, &page["hits"][0]["user_id"]), (StatusCode::OK, &json!(ada)), "{page}");
    let highlights = json!([
        {"field": "handle", "fragment": "ada", "matches": [[0, 3]]},
        {"field": "display_name", "fragment": "Ada King", "matches": [[0, 3], [4, 8]]}
    ]);
    assert_eq!((&page["hits"][0]["highlights"], &page["next_page_token"]), (&highlights, &json!("")));
    let path = format!("/v1/search/posts?query=eng&tag=count&order=latest&author_id={ada}");
    let (status, page) = get(&world, &path, &token).await;
    assert_eq!((status, &page["hits"][0]["post_id"]), (StatusCode::OK, &json!(post.post_id)), "{page}");
    let (_, page) = get(&world, "/v1/search/tags?prefix=co", &token).await;
    assert_eq!(page, json!({"hits": [{"tag": "count", "post_count": 1}], "next_page_token": ""}));
    let (_, found) = get(&world, "/v1/search/suggestions?prefix=%23c&limit=3", &token).await;
    assert_eq!(found, json!({"users": [], "tags": [{"tag": "count", "post_count": 1}]}));

    let start = |token: String, key: &str| {
        let request = reqwest::Client::new().post(format!("{}/v1/search/rebuilds", world.url)).bearer_auth(token);
        request.header("Idempotency-Key", key).send()
    };
    assert_eq!(start(token.clone(), &id()).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(start(world.tokens.operator(), "x").await.unwrap().status(), StatusCode::BAD_REQUEST);
    let begun = start(world.tokens.operator(), &id()).await.unwrap();
    assert_eq!(begun.status(), StatusCode::ACCEPTED);
    let begun: Value = begun.json().await.unwrap();
    assert_eq!((&begun["state"], &begun["end_time"]), (&json!("running"), &Value::Null));
    let path = format!("/v1/search/rebuilds/{}", begun["rebuild_id"].as_str().unwrap());
    let (status, found) = get(&world, &path, &world.tokens.operator()).await;
    assert_eq!((status, &found["total_count"]), (StatusCode::OK, &begun["total_count"]));

    for wrong in
        ["/v1/search/users", "/v1/search/posts?order=best", "/v1/search/tags?prefix=%23x", "/v1/search/suggestions"]
    {
        let (status, problem) = get(&world, wrong, &token).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("INVALID_ARGUMENT")), "{wrong}");
    }
    assert_eq!(get(&world, "/v1/search/users?query=x", "nonsense").await.0, StatusCode::UNAUTHORIZED);
    let (status, document) = get(&world, "/openapi.json", &token).await;
    assert_eq!(status, StatusCode::OK);
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    paths.sort_unstable();
    let expected = [
        "/v1/search/posts",
        "/v1/search/rebuilds",
        "/v1/search/rebuilds/{rebuild_id}",
        "/v1/search/suggestions",
        "/v1/search/tags",
        "/v1/search/users",
    ];
    assert_eq!(paths, expected);
    world.stop().await;
}

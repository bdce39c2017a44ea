//! The REST edge.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// Status and body of an answer.
async fn call(world: &World, caller: Option<Uuid>, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", world.http));
    if let Some(caller) = caller {
        request = request.bearer_auth(world.tokens.user(caller));
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn end_users_reach_the_same_use_cases() {
    let world = World::start().await;
    let [ada, bob] = world.users("ada").await;
    let get = async |caller, path: &str| call(&world, Some(caller), Method::GET, path, None).await;
    let put = async |caller, path: &str| call(&world, Some(caller), Method::PUT, path, None).await.0;
    let delete = async |caller, path: &str| call(&world, Some(caller), Method::DELETE, path, None).await.0;

    let (status, me) = get(ada, "/v1/me").await;
    assert_eq!((status, &me["handle"]), (200, &json!("ada_0")));
    let patch = json!({ "display_name": "Ada", "etag": me["etag"] });
    let (status, changed) = call(&world, Some(ada), Method::PATCH, "/v1/me", Some(patch)).await;
    assert_eq!((status, &changed["display_name"], &changed["bio"]), (200, &json!("Ada"), &json!("")));
    let patch = json!({ "bio": "x", "etag": me["etag"] });
    assert_eq!(call(&world, Some(ada), Method::PATCH, "/v1/me", Some(patch)).await.0, 409);
    assert_eq!(get(bob, "/v1/users/by-handle/ADA_0").await, (200, changed.clone()));
    assert_eq!(get(bob, &format!("/v1/users/{ada}")).await, (200, changed));

    let patch = json!({ "message_policy": "followed", "locale": "de" });
    let (status, settings) = call(&world, Some(ada), Method::PATCH, "/v1/me/settings", Some(patch)).await;
    assert_eq!(status, 200);
    assert_eq!(get(ada, "/v1/me/settings").await, (200, settings.clone()));
    assert_eq!((&settings["message_policy"], &settings["locale"]), (&json!("followed"), &json!("de")));

    assert_eq!(put(bob, &format!("/v1/me/following/{ada}")).await, 204);
    let (_, relationship) = get(bob, &format!("/v1/users/{ada}/relationship")).await;
    assert_eq!(relationship, json!({ "follows": true, "followed_by": false, "blocked": false, "can_message": false }));
    let (status, followers) = get(bob, &format!("/v1/users/{ada}/followers?page_size=1")).await;
    assert_eq!((status, &followers["entries"][0]["user_id"]), (200, &json!(bob.to_string())));
    let (_, following) = get(ada, &format!("/v1/users/{bob}/following")).await;
    assert_eq!(following["entries"][0]["user_id"], json!(ada.to_string()));
    assert_eq!(get(ada, &format!("/v1/users/{bob}/mutuals")).await.0, 200);
    assert_eq!(get(ada, "/v1/me/suggestions").await.0, 200);
    assert_eq!(delete(bob, &format!("/v1/me/following/{ada}")).await, 204);
    assert_eq!(put(bob, &format!("/v1/me/blocked/{ada}")).await, 204);
    assert_eq!(get(bob, "/v1/me/blocked").await.1["entries"][0]["user_id"], json!(ada.to_string()));
    assert_eq!(get(ada, &format!("/v1/users/{bob}")).await.0, 404);
    assert_eq!(delete(bob, &format!("/v1/me/blocked/{ada}")).await, 204);
    assert_eq!(get(ada, &format!("/v1/users/{bob}")).await.0, 200);

    // Refusals are problem documents.
    let (status, problem) = get(ada, "/v1/users/x").await;
    assert_eq!(
        (status, &problem["code"], &problem["violations"][0]["field"]),
        (400, &json!("INVALID_ARGUMENT"), &json!("user_id"))
    );
    assert_eq!(get(ada, "/v1/me/blocked?page_size=x").await.0, 400);
    assert_eq!(call(&world, Some(ada), Method::PATCH, "/v1/me", Some(json!({ "handle": "root" }))).await.0, 400);
    assert_eq!(call(&world, Some(ada), Method::PATCH, "/v1/me", Some(json!({}))).await.0, 400);
    assert_eq!(call(&world, None, Method::GET, "/v1/me", None).await.0, 401);
    assert_eq!(put(ada, &format!("/v1/me/following/{ada}")).await, 400);

    let (status, document) = call(&world, None, Method::GET, "/openapi.json", None).await;
    assert_eq!(status, 200);
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 12, "{:?}", paths.keys());
    assert!(document["components"]["schemas"]["Problem"].is_object());
    world.stop().await;
}

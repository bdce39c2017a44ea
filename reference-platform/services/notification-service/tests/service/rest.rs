//! The REST edge.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, message};

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
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    world.publish(&[message(bob, &[ada]), message(bob, &[ada])]).await;
    world.told(ada, 2).await;
    let get = async |path: &str| call(&world, Some(ada), Method::GET, path, None).await;
    let put = async |path: &str, body| call(&world, Some(ada), Method::PUT, path, Some(body)).await;

    let (status, page) = get("/v1/notifications?page_size=1").await;
    assert_eq!((status, &page["notifications"][0]["kind"]), (200, &json!("message")));
    let token = page["next_page_token"].as_str().unwrap();
    let (_, second) = get(&format!("/v1/notifications?page_size=1&page_token={token}")).await;
    assert_eq!(second["next_page_token"], "");
    assert_eq!(get("/v1/notifications/unread-count").await, (200, json!({ "unread_count": 2 })));
    let read = json!({ "notification_id": second["notifications"][0]["notification_id"] });
    assert_eq!(put("/v1/notifications/read", read).await, (200, json!({ "unread_count": 1 })));
    assert_eq!(get("/v1/notifications?unread_only=true").await.1["notifications"].as_array().unwrap().len(), 1);

    let wanted = json!({
        "preferences": [{ "kind": "live", "channels": ["push"] }],
        "quiet_hours": { "begin_minute": 1320, "end_minute": 420 },
    });
    let (status, stored) = put("/v1/notification-preferences", wanted).await;
    assert_eq!((status, &stored["preferences"][5]["channels"]), (200, &json!(["push"])));
    assert_eq!(get("/v1/notification-preferences").await, (200, stored));

    let device = format!("/v1/devices/{}", Uuid::new_v4());
    let (status, set) = put(&device, json!({ "provider": "web_push", "token": "t" })).await;
    assert_eq!((status, &set["provider"], set.get("token")), (200, &json!("web_push"), None));
    assert_eq!(get("/v1/devices").await.1["devices"], json!([set]));
    assert_eq!(call(&world, Some(ada), Method::DELETE, &device, None).await.0, 204);
    assert_eq!(get("/v1/devices").await.1["devices"], json!([]));

    // Refusals are problem documents.
    let (status, problem) = put("/v1/devices/x", json!({ "provider": "fcm", "token": "" })).await;
    assert_eq!((status, &problem["code"]), (400, &json!("INVALID_ARGUMENT")));
    assert_eq!(problem["violations"].as_array().unwrap().len(), 2);
    assert_eq!(put("/v1/notifications/read", json!({ "notification_id": Uuid::now_v7() })).await.0, 404);
    assert_eq!(put(&device, json!({ "provider": "pigeon", "token": "t" })).await.0, 400);
    assert_eq!(get("/v1/notifications?page_size=x").await.0, 400);
    assert_eq!(call(&world, None, Method::GET, "/v1/notifications", None).await.0, 401);

    let (status, document) = call(&world, None, Method::GET, "/openapi.json", None).await;
    assert_eq!((status, document["paths"].as_object().unwrap().len()), (200, 6));
    assert!(document["components"]["schemas"]["Problem"].is_object());
    world.stop().await;
}

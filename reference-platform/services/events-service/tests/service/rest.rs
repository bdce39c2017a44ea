//! The REST edge.

use reqwest::Method;
use serde_json::{Value, json};
use social_testing::eventually;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::world::{SOON, World};

async fn call(world: &World, token: Option<&str>, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", world.http));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_and_operators_reach_the_same_use_cases() {
    let world = World::start().await;
    let (operator, user) = (world.tokens.operator(), world.tokens.user(Uuid::now_v7()));
    let get = async |token: &str, path: &str| call(&world, Some(token), Method::GET, path, None).await;
    let put = async |token: &str, path: &str, body| call(&world, Some(token), Method::PUT, path, Some(body)).await;
    let post = async |token, body| call(&world, token, Method::POST, "/v1/events", Some(body)).await;

    let definition = json!({ "properties": [{ "name": "page", "type": "text", "required": true }] });
    let path = "/v1/event-schemas/page_shown/versions/1";
    let (status, schema) = put(&operator, path, definition.clone()).await;
    assert_eq!(
        (status, &schema["name"], &schema["properties"]),
        (200, &json!("page_shown"), &definition["properties"])
    );
    assert_eq!(put(&user, path, definition.clone()).await.0, 403);
    let (status, problem) = put(&operator, path, json!({ "properties": [] })).await;
    assert_eq!((status, &problem["reason"]), (400, &json!("VERSION_TAKEN")));
    assert_eq!(get(&user, "/v1/event-schemas/page_shown").await, (200, schema.clone()));
    assert_eq!(get(&user, "/v1/event-schemas/page_shown?version=2").await.0, 404);
    let (status, page) = get(&user, "/v1/event-schemas?page_size=1").await;
    assert_eq!((status, &page["schemas"][0]), (200, &schema));
    let next = page["next_page_token"].as_str().unwrap();
    let (_, page) = get(&user, &format!("/v1/event-schemas?page_token={next}")).await;
    assert_eq!(page["schemas"][0]["name"], "request_served");

    let now = OffsetDateTime::now_utc();
    let rfc = |time: OffsetDateTime| time.format(&Rfc3339).unwrap();
    let event = |name: &str, properties: Value| json!({ "event_id": Uuid::now_v7(), "name": name, "schema_version": 1, "occur_time": rfc(now), "properties": properties });
    let served = json!({ "service": "web", "method": "/", "code": "200", "duration_ms": "12" });
    let events = [
        event("page_shown", json!({ "page": "home" })),
        event("page_shown", json!({})),
        event("stream_watched", json!({ "stream_id": "s", "seconds": "90" })),
        event("request_served", served),
    ];
    let (status, answer) = post(Some(user.as_str()), json!({ "events": events })).await;
    assert_eq!((status, &answer["accepted_count"], &answer["rejected_count"]), (200, &json!(3), &json!(1)));
    assert_eq!(answer["rejections"][0]["event_id"], events[1]["event_id"]);
    // Not logged in: all but requests.
    let (status, answer) = post(None, json!({ "events": events })).await;
    assert_eq!((status, &answer["accepted_count"]), (200, &json!(2)));
    assert_eq!(post(None, json!({ "events": [] })).await.0, 400);
    assert_eq!(post(None, json!({ "events": [{ "event_id": 1 }] })).await.0, 400);
    assert_eq!(post(Some("x"), json!({ "events": events })).await.0, 401);

    let begin = rfc(now - Duration::MINUTE);
    let end = rfc(now + Duration::MINUTE);
    let time = format!("begin_time={begin}&end_time={end}&step_seconds=120");
    eventually(SOON, || async {
        let (status, points) = get(&operator, &format!("/v1/metrics/product/minutes_watched?{time}")).await;
        anyhow::ensure!(status == 200 && points["points"][0]["value"] == json!(1.5), "{points}");
        let (status, points) = get(&operator, &format!("/v1/metrics/red?{time}&service=web")).await;
        anyhow::ensure!(status == 200 && points["points"][0]["p50_ms"] == json!(12.0), "{points}");
        Ok(())
    })
    .await
    .unwrap();
    let (_, points) = get(&operator, &format!("/v1/metrics/product/active_users?{time}")).await;
    assert_eq!(points["points"].as_array().unwrap().len(), 1);
    assert_eq!(get(&user, &format!("/v1/metrics/red?{time}")).await.0, 403);
    assert_eq!(get(&user, &format!("/v1/metrics/product/posts?{time}")).await.0, 403);
    assert_eq!(get(&operator, "/v1/metrics/product/posts").await.0, 400);
    let (status, problem) = get(&operator, "/v1/metrics/red?begin_time=x&end_time=y&step_seconds=0").await;
    assert_eq!((status, problem["violations"].as_array().unwrap().len()), (400, 2));
    assert_eq!(get(&operator, &format!("/v1/metrics/product/sales?{time}")).await.0, 400);

    let (status, document) = call(&world, None, Method::GET, "/openapi.json", None).await;
    assert_eq!((status, document["paths"].as_object().unwrap().len()), (200, 6));
    assert!(document["components"]["schemas"]["Problem"].is_object());
    world.stop().await;
}

//! Schemas and their versions.

use futures::future::join_all;
use social_proto::events::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, code, now, schema, window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_follow_each_other() {
    let world = World::start().await;
    let text = ("post_id", PropertyType::Text, true);
    let first = schema("post_viewed", 1, &[text]);
    let put = |schema: EventSchema| world.put_schema(schema);

    assert_eq!(code(put(schema("post_viewed", 2, &[text])).await), Code::FailedPrecondition);
    assert_eq!(put(first.clone()).await.unwrap(), first);
    assert_eq!(put(first.clone()).await.unwrap(), first);
    assert_eq!(code(put(schema("post_viewed", 1, &[])).await), Code::FailedPrecondition);
    assert_eq!(code(put(schema("post_viewed", 3, &[text])).await), Code::FailedPrecondition);
    for incompatible in [
        schema("post_viewed", 2, &[]),
        schema("post_viewed", 2, &[("post_id", PropertyType::Integer, true)]),
        schema("post_viewed", 2, &[text, ("a", PropertyType::Text, true)]),
    ] {
        let refused = put(incompatible).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains("not compatible with version 1"), "{}", refused.message());
    }
    let second = put(schema("post_viewed", 2, &[text, ("a", PropertyType::Number, false)])).await.unwrap();
    let empty = put(schema("app_opened", 1, &[])).await.unwrap();
    for (wrong, field) in [
        (schema("", 1, &[]), "schema.name"),
        (schema("Post", 1, &[]), "schema.name"),
        (schema("p", 0, &[]), "schema.version"),
        (schema("p", 1, &[("a", PropertyType::Unspecified, false)]), "schema.properties[0].type"),
        (schema("p", 1, &[text; 51]), "schema.properties"),
        (schema("p", 1, &[text; 2]), "schema.properties[1].name"),
    ] {
        let refused = put(wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(field), "{}", refused.message());
    }

    let reader = Uuid::now_v7();
    let get = async |name: &str, version| {
        let request = GetEventSchemaRequest { name: name.to_owned(), version };
        world.events.clone().get_event_schema(world.tokens.request_as(reader, request)).await
    };
    assert_eq!(get("post_viewed", 0).await.unwrap().into_inner().schema.unwrap(), second);
    assert_eq!(get("post_viewed", 1).await.unwrap().into_inner().schema.unwrap(), first);
    assert_eq!(get("app_opened", 0).await.unwrap().into_inner().schema.unwrap(), empty);
    assert_eq!(code(get("post_viewed", 3).await), Code::NotFound);
    assert_eq!(code(get("nothing", 0).await), Code::NotFound);
    assert_eq!(code(get("", 0).await), Code::InvalidArgument);
    assert_eq!(code(get("post_viewed", -1).await), Code::InvalidArgument);

    // Page by page, the built-in ones among them.
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListEventSchemasRequest { page_size: 1, page_token };
        let page = world.events.clone().list_event_schemas(world.tokens.request_as(reader, request)).await;
        let page = page.unwrap().into_inner();
        assert_eq!(page.schemas.len(), 1);
        names.extend(page.schemas.into_iter().map(|schema| (schema.name, schema.version)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected = [("app_opened", 1), ("post_viewed", 2), ("request_served", 1), ("stream_watched", 1)];
    assert_eq!(names, expected.map(|(name, version)| (name.to_owned(), version)));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_has_one_definition_whoever_races_for_it() {
    let world = World::start().await;
    let wanted = |kind| schema("raced", 1, &[("a", kind, false)]);
    let kinds = [PropertyType::Text, PropertyType::Integer, PropertyType::Text, PropertyType::Bool];
    let outcomes = join_all(kinds.map(|kind| world.put_schema(wanted(kind)))).await;
    for outcome in &outcomes {
        let code = outcome.as_ref().map_or_else(|status| status.code(), |_| Code::Ok);
        assert!(matches!(code, Code::Ok | Code::Aborted | Code::FailedPrecondition), "{outcome:?}");
    }
    let mut won: Vec<_> = outcomes.into_iter().flatten().collect();
    won.dedup();
    assert!(won.len() <= 1, "{won:?}");
    // Whoever comes again finds out.
    let last = world.put_schema(wanted(PropertyType::Text)).await;
    let request = GetEventSchemaRequest { name: "raced".to_owned(), version: 1 };
    let there = world.events.clone().get_event_schema(world.as_operator(request)).await.unwrap().into_inner();
    let there = there.schema.unwrap();
    assert!(won.iter().all(|schema| *schema == there));
    match last {
        Ok(schema) => assert_eq!(schema, there),
        Err(status) => assert_eq!(status.code(), Code::FailedPrecondition),
    }
    let definitions = "SELECT uniqExact(property_types) FROM event_schemas WHERE name = 'raced' AND state = 1";
    assert_eq!(world.sql(definitions).await, "1");

    // A proposal whose process has died is passed over after a while, a young one is not.
    let propose = |ago| {
        format!(
            "INSERT INTO event_schemas SELECT 'left_{ago}', 1, toUUID('00000000-0000-4000-8000-00000000000a'), 0,
             now() - {ago}, ['x'], CAST([1] AS Array(UInt8)), CAST([0] AS Array(UInt8))"
        )
    };
    world.sql(&propose(5)).await;
    world.sql(&propose(600)).await;
    assert_eq!(code(world.put_schema(schema("left_5", 1, &[])).await), Code::Aborted);
    assert_eq!(code(world.put_schema(schema("left_600", 1, &[])).await), Code::Ok);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_what() {
    let world = World::start().await;
    let user = Uuid::now_v7();
    let put = PutEventSchemaRequest { schema: Some(schema("mine", 1, &[])) };
    let red = QueryRedMetricsRequest { window: Some(window(now(), 1, 1)), ..Default::default() };
    let product = QueryProductMetricRequest { metric: 1, window: Some(window(now(), 1, 1)) };
    let get = GetEventSchemaRequest { name: "request_served".to_owned(), version: 0 };
    let mut events = world.events.clone();
    let tokens = &world.tokens;
    assert_eq!(code(events.put_event_schema(tokens.request_as(user, put.clone())).await), Code::PermissionDenied);
    assert_eq!(code(events.query_red_metrics(tokens.request_as(user, red.clone())).await), Code::PermissionDenied);
    assert_eq!(code(events.query_product_metric(tokens.request_as(user, product)).await), Code::PermissionDenied);
    assert_eq!(code(events.put_event_schema(put).await), Code::Unauthenticated);
    assert_eq!(code(events.query_red_metrics(red).await), Code::Unauthenticated);
    assert_eq!(code(events.query_product_metric(product).await), Code::Unauthenticated);
    assert_eq!(code(events.get_event_schema(get.clone()).await), Code::Unauthenticated);
    assert_eq!(code(events.list_event_schemas(ListEventSchemasRequest::default()).await), Code::Unauthenticated);
    let service = tokens.service("feed-service");
    assert_eq!(code(events.get_event_schema(crate::world::with_token(get, &service)).await), Code::Ok);
    let mine = GetEventSchemaRequest { name: "mine".to_owned(), version: 0 };
    assert_eq!(code(events.get_event_schema(world.as_operator(mine)).await), Code::NotFound);
    world.stop().await;
}

//! Numbers over events of clients and services.

use social_proto::auth::v1::{AccountEvent, AccountRegistered, account_event};
use social_proto::content::v1::{ContentEvent, PostPublished, ReactionDeleted, ReactionSet, content_event};
use social_proto::events::v1::*;
use social_proto::messaging::v1::{MessageEvent, MessageSent, message_event};
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::world::{SOON, World, at, client_event, code, now, watched, window};

fn id() -> String {
    Uuid::now_v7().to_string()
}

pub fn registered(user_id: Uuid, seconds: i64) -> AccountEvent {
    AccountEvent {
        event_id: id(),
        occur_time: at(seconds),
        account_id: user_id.to_string(),
        sequence: 1,
        event: Some(account_event::Event::Registered(AccountRegistered { handle: "ada".to_owned() })),
    }
}

fn content(author_id: Uuid, seconds: i64, event: Option<content_event::Event>) -> ContentEvent {
    ContentEvent {
        event_id: id(),
        occur_time: at(seconds),
        post_id: id(),
        author_id: author_id.to_string(),
        sequence: 1,
        event,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_the_product_come_from_all_services() {
    use content_event::Event;
    let world = World::start().await;
    let [ada, bob] = [Uuid::now_v7(), Uuid::now_v7()];
    let begin = (now() - 3600) / 60 * 60;
    let accounts = [registered(ada, begin), registered(bob, begin + 125)];
    let reaction = ReactionSet { user_id: bob.to_string(), kind: 1 };
    let contents = [
        content(ada, begin + 1, Some(Event::PostPublished(PostPublished::default()))),
        content(ada, begin + 2, Some(Event::PostPublished(PostPublished::default()))),
        content(ada, begin + 61, Some(Event::ReactionSet(reaction))),
        content(ada, begin + 62, Some(Event::ReactionDeleted(ReactionDeleted { user_id: bob.to_string() }))),
        // A kind that is not known.
        content(ada, begin + 62, None),
        // Before and after the time.
        content(ada, begin - 1, Some(Event::PostPublished(PostPublished::default()))),
        content(ada, begin + 180, Some(Event::PostPublished(PostPublished::default()))),
    ];
    let message = MessageEvent {
        event_id: id(),
        occur_time: at(begin + 179),
        conversation_id: id(),
        sequence: 1,
        event: Some(message_event::Event::Sent(MessageSent {
            message_id: id(),
            sender_id: ada.to_string(),
            recipient_ids: vec![bob.to_string()],
        })),
    };
    // Everything comes twice.
    for _ in 0..2 {
        world.publish(&accounts).await;
        world.publish(&contents).await;
        world.publish(std::slice::from_ref(&message)).await;
    }
    let watching = |at, seconds| ClientEvent { occur_time: crate::world::at(at), ..watched(0, seconds) };
    let clients = vec![watching(begin + 3, "60"), watching(begin + 59, "30"), watching(begin + 120, "1e9")];
    world.ingest(Some(bob), &[clients.clone(), clients]).await.unwrap();

    let steps = window(begin, 60, 3);
    for (metric, expected) in [
        (ProductMetric::Registrations, [1.0, 0.0, 1.0]),
        (ProductMetric::Posts, [2.0, 0.0, 0.0]),
        (ProductMetric::Reactions, [0.0, 1.0, 0.0]),
        (ProductMetric::Messages, [0.0, 0.0, 1.0]),
        // One event tells at most an hour.
        (ProductMetric::MinutesWatched, [1.5, 0.0, 60.0]),
        (ProductMetric::ActiveUsers, [2.0, 1.0, 2.0]),
    ] {
        eventually(SOON, || async {
            let numbers = world.metric(metric, steps).await?;
            anyhow::ensure!(numbers == expected, "{metric:?}: {numbers:?}");
            Ok(())
        })
        .await
        .unwrap();
    }
    let request = QueryProductMetricRequest { metric: ProductMetric::Posts.into(), window: Some(steps) };
    let points = world.events.clone().query_product_metric(world.as_operator(request)).await.unwrap().into_inner();
    let begins: Vec<_> = points.points.iter().map(|point| point.begin_time).collect();
    assert_eq!(begins, [at(begin), at(begin + 60), at(begin + 120)]);
    // The last step may be shorter, and a window of another time is empty.
    let odd = TimeWindow { end_time: at(begin + 61), ..steps };
    assert_eq!(world.metric(ProductMetric::Posts, odd).await.unwrap(), [2.0, 0.0]);
    assert_eq!(world.metric(ProductMetric::ActiveUsers, window(0, 60, 1000)).await.unwrap(), vec![0.0; 1000]);

    for wrong in [
        TimeWindow { begin_time: None, ..steps },
        TimeWindow { end_time: at(begin), ..steps },
        TimeWindow { step: None, ..steps },
        TimeWindow { step: Some(prost_types::Duration { seconds: 0, nanos: 999_999_999 }), ..steps },
        window(begin, 1, 1001),
    ] {
        assert_eq!(code(world.metric(ProductMetric::Posts, wrong).await), Code::InvalidArgument, "{wrong:?}");
    }
    assert_eq!(code(world.metric(ProductMetric::Unspecified, steps).await), Code::InvalidArgument);
    world.stop().await;
}

fn served(seconds: i64, service: &str, code: &str, milliseconds: usize) -> ClientEvent {
    let properties =
        [("service", service), ("method", "Get"), ("code", code), ("duration_ms", &milliseconds.to_string())];
    client_event("request_served", seconds, &properties)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn red_metrics_come_from_requests_that_edges_tell() {
    let world = World::start().await;
    let begin = (now() - 3600) / 60 * 60;
    let mut requests: Vec<_> = (1..=20).map(|index| served(begin + 1, "feed", "OK", index * 5)).collect();
    requests.extend(["INTERNAL", "NOT_FOUND", "503", "404"].map(|code| served(begin + 61, "feed", code, 10)));
    requests.extend([served(begin + 2, "auth", "OK", 5), served(begin + 179, "auth", "UNAVAILABLE", 5)]);
    let token = world.tokens.service("gateway");
    // Told twice, as after an answer that was lost.
    world.ingest_with(Some(&token), &[requests.clone(), requests]).await.unwrap();

    let query = |service: &str, page_size, page_token: String| {
        let request = QueryRedMetricsRequest {
            window: Some(window(begin, 60, 3)),
            service: service.to_owned(),
            page_size,
            page_token,
        };
        let request = world.as_operator(request);
        let mut events = world.events.clone();
        async move { events.query_red_metrics(request).await.map(tonic::Response::into_inner) }
    };
    let points = eventually(2 * SOON, || async {
        let points = query("", 0, String::new()).await?.points;
        anyhow::ensure!(points.len() == 4 && points[1].request_rate > 0.33, "{points:?}");
        Ok(points)
    })
    .await
    .unwrap();
    let told: Vec<_> =
        points.iter().map(|point| (point.begin_time, point.service.as_str(), point.error_ratio)).collect();
    assert_eq!(
        told,
        [
            (at(begin), "auth", 0.0),
            (at(begin), "feed", 0.0),
            (at(begin + 60), "feed", 0.5),
            (at(begin + 120), "auth", 1.0)
        ]
    );
    let rates: Vec<f64> = points.iter().map(|point| (point.request_rate * 60.0).round()).collect();
    assert_eq!(rates, [1.0, 20.0, 4.0, 1.0]);
    let milliseconds = |duration: Option<prost_types::Duration>| duration.unwrap().nanos / 1_000_000;
    assert!((45..=60).contains(&milliseconds(points[1].p50)), "{points:?}");
    assert!((90..=100).contains(&milliseconds(points[1].p95)), "{points:?}");
    assert!((94..=100).contains(&milliseconds(points[1].p99)), "{points:?}");

    // Page by page, and one service only.
    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let page = query("", 1, token).await.unwrap();
        paged.extend(page.points);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, points);
    let feed = query("feed", 0, String::new()).await.unwrap().points;
    assert_eq!(feed, points[1..3]);
    let first = query("", 1, String::new()).await.unwrap().next_page_token;
    assert_eq!(code(query("feed", 1, first).await), Code::InvalidArgument);
    assert_eq!(code(query("", 10_001, String::new()).await), Code::InvalidArgument);
    assert_eq!(code(query("", -1, String::new()).await), Code::InvalidArgument);
    assert_eq!(code(query(&"x".repeat(61), 1, String::new()).await), Code::InvalidArgument);
    world.stop().await;
}

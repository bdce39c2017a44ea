//! Events of clients: refused one by one, in the log when the answer comes, counted once.

use social_proto::events::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::world::{SOON, World, at, client_event, code, now, schema, watched, window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_right_comes_in_and_counts_once() {
    let world = World::start().await;
    world
        .put_schema(schema(
            "post_viewed",
            1,
            &[
                ("post_id", PropertyType::Text, true),
                ("dwell_ms", PropertyType::Integer, false),
                ("share", PropertyType::Number, false),
                ("expanded", PropertyType::Bool, false),
                ("seen_at", PropertyType::Timestamp, false),
            ],
        ))
        .await
        .unwrap();
    let (ada, begin) = (Uuid::now_v7(), now() - 300);
    let all = [
        ("post_id", "p"),
        ("dwell_ms", "-5"),
        ("share", "0.5"),
        ("expanded", "true"),
        ("seen_at", "2026-01-01T00:00:00Z"),
    ];
    let right = client_event("post_viewed", begin, &all);
    // The clock of this client is a day ahead; what counts is when it came.
    let ahead = ClientEvent { occur_time: at(now() + 86_400), ..watched(0, "30") };
    let wrong = [
        client_event("post_viewed", begin, &[]),
        client_event("post_viewed", begin, &[("post_id", "p"), ("dwell_ms", "1.5")]),
        client_event("post_viewed", begin, &[("post_id", "p"), ("expanded", "yes")]),
        client_event("post_viewed", begin, &[("post_id", "p"), ("seen_at", "today")]),
        client_event("post_viewed", begin, &[("post_id", "p"), ("else", "x")]),
        client_event("post_viewed", now() - 8 * 86_400, &[("post_id", "p")]),
        client_event("nothing_such", begin, &[]),
        ClientEvent { schema_version: 2, ..right.clone() },
        ClientEvent { occur_time: None, ..right.clone() },
        ClientEvent { event_id: "x".to_owned(), ..right.clone() },
    ];
    let first = vec![right.clone(), ahead.clone()];
    let answer = world.ingest(Some(ada), &[first.clone(), wrong.to_vec()]).await.unwrap();
    assert_eq!((answer.accepted_count, answer.rejected_count), (2, 10));
    let named: Vec<_> = answer.rejections.iter().map(|one| one.event_id.clone()).collect();
    assert_eq!(named, wrong.map(|event| event.event_id));
    assert_eq!(answer.rejections[0].reason, "properties.post_id: is required");

    // They are in the log already, with the user as the key.
    let log: Vec<AnalyticsEvent> = world.log().await;
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|event| event.user_id == ada.to_string()));
    assert_eq!(log[0].event.as_ref(), Some(&right));

    // The same again, by somebody who is not logged in, and in other letters.
    let loud = ClientEvent { event_id: right.event_id.to_uppercase(), ..right.clone() };
    let again = world.ingest(None, &[first, vec![loud]]).await.unwrap();
    assert_eq!((again.accepted_count, again.rejected_count), (3, 0));
    assert_eq!(world.log::<AnalyticsEvent>().await.len(), 5);
    eventually(SOON, || async {
        let rows = world.sql("SELECT count() FROM applied_migrations").await;
        anyhow::ensure!(rows == "2", "{rows} migrations");
        let users = world.metric(ProductMetric::ActiveUsers, window(begin, 600, 1)).await?;
        anyhow::ensure!(users == [1.0], "{users:?} active users");
        let ids = world.sql("SELECT count(), uniqExact(event_id) FROM client_events FINAL").await;
        // The copy that came with another time is a row of its own.
        anyhow::ensure!(ids == "3\t2", "{ids} rows and ids");
        Ok(())
    })
    .await
    .unwrap();
    let minutes = world.metric(ProductMetric::MinutesWatched, window(begin, 600, 1)).await.unwrap();
    assert_eq!(minutes, [0.5]);
    let minutes = world.metric(ProductMetric::MinutesWatched, window(begin, 1, 600)).await.unwrap();
    assert_eq!(minutes.iter().sum::<f64>(), 0.5);
    let stored = world.sql("SELECT property_values FROM client_events WHERE name = 'post_viewed' LIMIT 1").await;
    assert_eq!(stored, "['-5','true','p','2026-01-01T00:00:00Z','0.5']");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_bounded() {
    let world = World::start().await;
    assert_eq!(code(world.ingest(None, &[vec![]]).await), Code::InvalidArgument);
    assert_eq!(code(world.ingest(None, &[vec![watched(1, "1"); 501]]).await), Code::InvalidArgument);
    assert_eq!(code(world.ingest_with(Some("x"), &[vec![watched(1, "1")]]).await), Code::Unauthenticated);
    let expired = world.tokens.expired(Uuid::now_v7());
    assert_eq!(code(world.ingest_with(Some(&expired), &[vec![watched(1, "1")]]).await), Code::Unauthenticated);
    assert_eq!(world.log::<AnalyticsEvent>().await, []);
    assert_eq!(world.ingest(None, &[]).await.unwrap(), IngestEventsResponse::default());

    // Of very many refused ones the first are named.
    let wrong: Vec<_> = (0..90).map(|_| watched(1, "x")).collect();
    let answer = world.ingest(None, &[wrong.clone(), wrong.clone(), wrong]).await.unwrap();
    assert_eq!((answer.accepted_count, answer.rejected_count, answer.rejections.len()), (0, 270, 100));

    // Requests are told only by callers with a token.
    let served = client_event(
        "request_served",
        now(),
        &[("service", "s"), ("method", "m"), ("code", "OK"), ("duration_ms", "1")],
    );
    assert_eq!(world.ingest(None, &[vec![served.clone()]]).await.unwrap().rejected_count, 1);
    let token = world.tokens.service("feed-service");
    assert_eq!(world.ingest_with(Some(&token), &[vec![served]]).await.unwrap().accepted_count, 1);
    assert_eq!(world.log::<AnalyticsEvent>().await[0].user_id, "");

    // Many messages of full size.
    let messages: Vec<Vec<_>> = (0..4).map(|_| (0..500).map(|_| watched(1, "1")).collect()).collect();
    assert_eq!(world.ingest(None, &messages).await.unwrap().accepted_count, 2000);
    world.stop().await;
}

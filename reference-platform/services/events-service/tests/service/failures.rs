//! What is down, what cannot be read, and what must go on all the same.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use social_events::topics;
use social_proto::events::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::queries::registered;
use crate::world::{SOON, World, code, now, schema, watched, window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_in_while_clickhouse_is_down() {
    let mut world = World::start().await;
    let begin = now() - 60;
    let minutes = async |world: &World| world.metric(ProductMetric::MinutesWatched, window(begin, 120, 1)).await;
    world.ingest(None, &[vec![watched(1, "60")]]).await.unwrap();
    eventually(SOON, || async {
        let minutes = minutes(&world).await?;
        anyhow::ensure!(minutes == [1.0], "{minutes:?}");
        Ok(())
    })
    .await
    .unwrap();

    world.clickhouse.set_open(false);
    for _ in 0..3 {
        let told: Vec<_> = (0..20).map(|_| watched(1, "60")).collect();
        assert_eq!(world.ingest(None, &[told]).await.unwrap().accepted_count, 20);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(code(minutes(&world).await), Code::Unavailable);
    assert_eq!(code(world.put_schema(schema("x", 1, &[])).await), Code::Unavailable);
    let get = GetEventSchemaRequest { name: "request_served".to_owned(), version: 0 };
    assert_eq!(code(world.events.clone().get_event_schema(world.as_operator(get)).await), Code::Unavailable);

    // What was not inserted was not committed: the next process gets it. That one does not know the schemas yet.
    world.restart().await;
    assert_eq!(code(world.ingest(None, &[vec![watched(1, "60")]]).await), Code::Unavailable);

    world.clickhouse.set_open(true);
    eventually(Duration::from_secs(30), || async {
        let minutes = minutes(&world).await?;
        anyhow::ensure!(minutes == [61.0], "{minutes:?}");
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_are_answered_while_kafka_is_down() {
    let world = World::without_kafka().await;
    assert_eq!(code(world.ingest(None, &[vec![watched(1, "60")]]).await), Code::Unavailable);
    // Nothing has to be in the log for events that are all refused.
    assert_eq!(world.ingest(None, &[vec![watched(1, "x")]]).await.unwrap().rejected_count, 1);
    assert_eq!(world.metric(ProductMetric::Posts, window(now(), 60, 1)).await.unwrap(), [0.0]);
    assert_eq!(code(world.put_schema(schema("x", 1, &[])).await), Code::Ok);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_does_not_hold_the_rest_up() {
    let world = World::start().await;
    let begin = now() - 60;
    let kafka = &world.settings.kafka;
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", &kafka.kafka_brokers).create().unwrap();
    for topic in [topics::ANALYTICS_EVENTS, topics::ACCOUNT_EVENTS] {
        let topic = format!("{}{topic}", kafka.kafka_topic_prefix);
        let record = FutureRecord::to(&topic).key("k").payload("no message");
        producer.send(record, Duration::from_secs(9)).await.unwrap();
    }
    // One that can be read, but whose time makes no sense.
    world.publish(&[registered(Uuid::now_v7(), 99_999_999_999)]).await;
    world.publish(&[registered(Uuid::now_v7(), begin)]).await;
    let no_time = AnalyticsEvent { event: Some(watched(1, "60")), user_id: String::new(), receive_time: None };
    world.publish(&[no_time]).await;
    world.ingest(None, &[vec![watched(1, "60")]]).await.unwrap();
    eventually(SOON, || async {
        let registrations = world.metric(ProductMetric::Registrations, window(begin, 120, 1)).await?;
        anyhow::ensure!(registrations == [1.0], "{registrations:?}");
        let minutes = world.metric(ProductMetric::MinutesWatched, window(begin, 120, 1)).await?;
        anyhow::ensure!(minutes == [1.0], "{minutes:?}");
        Ok(())
    })
    .await
    .unwrap();
    for topic in [topics::ANALYTICS_EVENTS, topics::ACCOUNT_EVENTS] {
        let name = format!("{}{}", kafka.kafka_topic_prefix, topics::dead_letter(topic, "events-service"));
        eventually(SOON, || async {
            let client = producer.clone();
            let name = name.clone();
            let watermarks = tokio::task::spawn_blocking(move || {
                use rdkafka::producer::Producer as _;
                client.client().fetch_watermarks(&name, 0, Duration::from_secs(5))
            });
            let (_, dead) = watermarks.await??;
            anyhow::ensure!(dead == 2, "{dead} dead letters of {topic}");
            Ok(())
        })
        .await
        .unwrap();
    }
    world.stop().await;
}

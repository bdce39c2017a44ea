//! What is published, and what is done with events of accounts.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prost::Message;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use social_events::{ConsumeError, Handler, Received, replay, topics};
use social_proto::auth::v1::{AccountDeleted, AccountEvent, AccountRegistered, account_event};
use social_proto::streaming::v1::stream_event::Event;
use social_proto::streaming::v1::*;
use social_testing::{Stores, TestTopics, eventually, unique};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{World, code, id};

const SOON: Duration = Duration::from_secs(20);
const PARTITIONS: i32 = 2;

/// A world with Kafka. The topics go after it.
async fn with_kafka() -> (World, TestTopics) {
    let stores = Stores::load().unwrap();
    let prefix = unique("streaming");
    let dead = topics::dead_letter(topics::ACCOUNT_EVENTS, "streaming-service");
    let names = [topics::STREAM_EVENTS, topics::ACCOUNT_EVENTS, dead.as_str()];
    let made = stores.topics(&prefix, &names, PARTITIONS).await.unwrap();
    let brokers = stores.kafka_brokers().unwrap().to_owned();
    let world = World::start_with(|settings| {
        settings.kafka.kafka_brokers = brokers;
        settings.kafka.kafka_topic_prefix = prefix;
    })
    .await;
    (world, made)
}

struct Collect(Mutex<Vec<StreamEvent>>);

impl Handler for Collect {
    async fn apply(&self, event: Received) -> Result<(), ConsumeError> {
        assert_eq!(event.key(), event.decode::<StreamEvent>()?.stream_id.as_bytes());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.decode()?);
        Ok(())
    }
}

/// What was published of a stream so far.
async fn published(world: &World, stream_id: &str) -> Vec<StreamEvent> {
    let seen = Collect(Mutex::new(Vec::new()));
    let stop = CancellationToken::new();
    replay::read_all(&world.settings.kafka, &[topics::STREAM_EVENTS], &seen, &stop).await.unwrap();
    let mut events = seen.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    events.retain(|event| event.stream_id == stream_id);
    events
}

/// Writes account events, and what no publisher would write.
struct Log {
    producer: FutureProducer,
    topic: String,
}

impl Log {
    fn new(world: &World) -> Self {
        let kafka = &world.settings.kafka;
        let producer = ClientConfig::new().set("bootstrap.servers", &kafka.kafka_brokers).create().unwrap();
        Self { producer, topic: format!("{}{}", kafka.kafka_topic_prefix, topics::ACCOUNT_EVENTS) }
    }

    async fn send(&self, event: &AccountEvent) {
        self.send_raw(Some(&event.event_id), &event.encode_to_vec()).await;
    }

    async fn send_raw(&self, event_id: Option<&str>, value: &[u8]) {
        let header = Header { key: "event-id", value: event_id };
        let record = FutureRecord::<str, _>::to(&self.topic).partition(0).payload(value);
        self.producer.send(record.headers(OwnedHeaders::new().insert(header)), SOON).await.unwrap();
    }

    fn dead_letters(&self) -> i64 {
        let topic = topics::dead_letter(&self.topic, "streaming-service");
        let marks = |partition| self.producer.client().fetch_watermarks(&topic, partition, SOON).unwrap();
        (0..PARTITIONS).map(marks).map(|(low, high)| high - low).sum()
    }
}

fn account_event(account_id: &str, event: Option<account_event::Event>) -> AccountEvent {
    AccountEvent { event_id: id(), account_id: account_id.to_owned(), sequence: 1, event, ..Default::default() }
}

fn deleted(account_id: Uuid) -> AccountEvent {
    account_event(&account_id.to_string(), Some(account_event::Event::Deleted(AccountDeleted {})))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_to_a_stream_is_published_in_order() {
    let (world, topics) = with_kafka().await;
    let owner = Uuid::now_v7();
    let (stream, encoder) = world.live(owner, 2).await;
    encoder.finish().await.unwrap();
    let key = world.rotate(owner, &stream.stream_id, &id()).await.unwrap();
    let encoder = world.encoder(&stream.stream_id, &key).await;
    encoder.send(3).await;
    world.stored(&stream.stream_id, 3).await;
    world.end(owner, &stream.stream_id).await.unwrap();

    let events = eventually(SOON, || async {
        let events = published(&world, &stream.stream_id).await;
        anyhow::ensure!(events.len() >= 6, "{events:?}");
        Ok(events)
    })
    .await
    .unwrap();
    let title = || "live".to_owned();
    let reason = EndReason::ByOwner.into();
    let expected = [
        Event::Created(StreamCreated { title: title() }),
        Event::WentLive(StreamWentLive { title: title() }),
        Event::Interrupted(StreamInterrupted { last_segment: 2 }),
        Event::KeyRotated(StreamKeyRotated {}),
        Event::Resumed(StreamResumed {}),
        Event::Ended(StreamEnded { reason, segment_count: 3, peak_viewer_count: 0 }),
    ];
    assert_eq!(events.iter().map(|event| event.event.clone().unwrap()).collect::<Vec<_>>(), expected);
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(events.iter().all(|event| event.owner_id == owner.to_string() && event.occur_time.is_some()));
    // The event store holds the same.
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("SELECT payload FROM stream_events ORDER BY sequence")
        .fetch_all(world.database.pool())
        .await
        .unwrap();
    let stored: Vec<StreamEvent> = stored.iter().map(|event| StreamEvent::decode(event.as_slice()).unwrap()).collect();
    assert_eq!(stored, events);
    world.stop().await;
    drop(topics);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_takes_its_streams_with_it() {
    let (world, topics) = with_kafka().await;
    let log = Log::new(&world);
    let (owner, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (past, encoder) = world.live(owner, 2).await;
    encoder.finish().await.unwrap();
    world.end(owner, &past.stream_id).await.unwrap();
    let (live, encoder) = world.live(owner, 1).await;
    let (others, _others_encoder) = world.live(other, 1).await;
    for (sender, text) in [(owner, "mine"), (other, "other")] {
        let stream_id = others.stream_id.clone();
        let request = SendChatMessageRequest { request_id: id(), stream_id, text: text.to_owned() };
        world.streaming.clone().send_chat_message(world.as_user(sender, request)).await.unwrap();
    }

    // Poison and other kinds of events do not hold it up; it comes twice.
    log.send_raw(None, b"no message").await;
    log.send_raw(Some(&id()), b"\xff").await;
    log.send(&account_event("no id", Some(account_event::Event::Deleted(AccountDeleted {})))).await;
    let registered = account_event::Event::Registered(AccountRegistered { handle: "ada".to_owned() });
    log.send(&account_event(&other.to_string(), Some(registered))).await;
    log.send(&account_event(&other.to_string(), None)).await;
    let deletion = deleted(owner);
    log.send(&deletion).await;
    log.send(&deletion).await;
    log.send(&deleted(owner)).await;

    let hidden = |stream_id: String| {
        let world = &world;
        async move { code(world.get(&stream_id).await) == Code::NotFound }
    };
    eventually(SOON, || async {
        anyhow::ensure!(hidden(live.stream_id.clone()).await && hidden(past.stream_id.clone()).await);
        anyhow::ensure!(log.dead_letters() == 3, "{} dead letters", log.dead_letters());
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(code(encoder.answered().await), Code::FailedPrecondition);
    let list = ListStreamsRequest { owner_id: owner.to_string(), ..Default::default() };
    let list = world.streaming.clone().list_streams(world.as_user(other, list)).await.unwrap().into_inner();
    assert_eq!(list.streams, []);
    let request = GetPlaylistRequest { stream_id: past.stream_id.clone() };
    assert_eq!(code(world.streaming.clone().get_playlist(world.as_user(other, request)).await), Code::NotFound);
    let address = format!("{}/v1/streams/{}/segments/1.ts", world.url, past.stream_id);
    assert_eq!(reqwest::get(address).await.unwrap().status(), reqwest::StatusCode::NOT_FOUND);
    assert_eq!(code(world.end(owner, &past.stream_id).await), Code::NotFound);
    // A token that lives on makes no new one.
    let request = CreateStreamRequest { request_id: id(), title: "again".to_owned() };
    let refused = world.streaming.clone().create_stream(world.as_user(owner, request)).await;
    assert_eq!(code(refused), Code::PermissionDenied);

    // It ended once, and nothing of others was touched.
    let events = eventually(SOON, || async {
        let events = published(&world, &live.stream_id).await;
        anyhow::ensure!(events.len() >= 3);
        Ok(events)
    })
    .await
    .unwrap();
    assert_eq!(events.len(), 3);
    let Some(Event::Ended(ended)) = &events[2].event else { panic!("{:?}", events[2]) };
    assert_eq!(ended.reason(), EndReason::AccountDeleted);
    assert_eq!(world.get(&others.stream_id).await.unwrap().state(), StreamState::Live);
    assert_eq!(world.count("SELECT count(*) FROM chat_messages").await, 1);

    // Soon nothing personal is left: video and titles go, also from the log.
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM segments").await == 1);
        anyhow::ensure!(world.count("SELECT count(*) FROM recordings").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    streaming_service::rebuild_projections(&world.settings.database).await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM streams WHERE title <> ''").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM streams").await, 3);
    world.stop().await;
    drop(topics);
}

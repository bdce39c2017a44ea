//! What is said in the chat of a stream.

use std::time::{Duration, Instant};

use social_proto::streaming::v1::streaming_service_client::StreamingServiceClient;
use social_proto::streaming::v1::watch_chat_response::Event;
use social_proto::streaming::v1::*;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use crate::harness::{NOBODY, SOON, World, code, id};

type Client = StreamingServiceClient<Channel>;

async fn say(
    world: &World,
    client: &Client,
    sender: Uuid,
    stream_id: &str,
    text: &str,
) -> Result<StreamChatMessage, Status> {
    let request = SendChatMessageRequest { request_id: id(), stream_id: stream_id.to_owned(), text: text.to_owned() };
    let response = client.clone().send_chat_message(world.as_user(sender, request)).await?;
    Ok(response.into_inner().message.unwrap())
}

async fn watch(
    world: &World,
    client: &Client,
    reader: Uuid,
    stream_id: &str,
) -> Result<Streaming<WatchChatResponse>, Status> {
    let request = WatchChatRequest { stream_id: stream_id.to_owned() };
    Ok(client.clone().watch_chat(world.as_user(reader, request)).await?.into_inner())
}

/// What comes next; `None` at the end.
async fn next(chat: &mut Streaming<WatchChatResponse>) -> Option<Event> {
    let message = tokio::time::timeout(SOON, chat.message()).await.expect("something comes").unwrap();
    message.map(|message| message.event.unwrap())
}

async fn next_text(chat: &mut Streaming<WatchChatResponse>) -> String {
    match next(chat).await {
        Some(Event::Message(message)) => message.text,
        other => panic!("{other:?} instead of a message"),
    }
}

/// Puts messages into the chat as a replica does that says nothing to Redis.
async fn fill(world: &World, stream_id: &str, count: i64, text: &str) {
    sqlx::query(
        "WITH grown AS (UPDATE chats SET last_number = last_number + $2 WHERE stream_id = $1 RETURNING last_number)
         INSERT INTO chat_messages (stream_id, number, message_id, sender_id, text, send_time)
         SELECT $1, last_number - $2 + n, gen_random_uuid(), gen_random_uuid(), $3 || ' ' || (last_number - $2 + n), now()
         FROM grown, generate_series(1, $2) AS n",
    )
    .bind(Uuid::parse_str(stream_id).unwrap())
    .bind(count)
    .bind(text)
    .execute(world.database.pool())
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_share_a_chat_until_the_stream_ends() {
    let world = World::start().await;
    let another = world.another().await;
    let owner = Uuid::now_v7();
    let (stream, _encoder) = world.live(owner, 1).await;
    let stream_id = stream.stream_id;
    let (ada, bob) = (Uuid::now_v7(), Uuid::now_v7());
    say(&world, &world.streaming, ada, &stream_id, "before").await.unwrap();

    let mut here = watch(&world, &world.streaming, ada, &stream_id).await.unwrap();
    let mut there = watch(&world, &another.streaming, bob, &stream_id).await.unwrap();
    assert_eq!(next_text(&mut here).await, "before");
    assert_eq!(next_text(&mut there).await, "before");
    let said = say(&world, &world.streaming, ada, &stream_id, "from here").await.unwrap();
    let reply = say(&world, &another.streaming, bob, &stream_id, "from\nthere").await.unwrap();
    for chat in [&mut here, &mut there] {
        assert_eq!(next(chat).await, Some(Event::Message(said.clone())));
        assert_eq!(next(chat).await, Some(Event::Message(reply.clone())));
    }
    assert_eq!((said.sender_id, reply.sender_id), (ada.to_string(), bob.to_string()));

    // Redis tells them at once: looking every two seconds would take longer.
    let begin = Instant::now();
    for number in 0..5 {
        say(&world, &another.streaming, Uuid::now_v7(), &stream_id, &number.to_string()).await.unwrap();
        assert_eq!(next_text(&mut here).await, number.to_string());
        assert_eq!(next_text(&mut there).await, number.to_string());
    }
    assert!(begin.elapsed() < Duration::from_secs(6), "{:?}", begin.elapsed());

    world.end(owner, &stream_id).await.unwrap();
    assert_eq!(next(&mut here).await, None);
    assert_eq!(next(&mut there).await, None);
    assert_eq!(code(say(&world, &world.streaming, ada, &stream_id, "late").await), Code::FailedPrecondition);
    // It can be read afterwards, and ends at once.
    let mut afterwards = watch(&world, &another.streaming, ada, &stream_id).await.unwrap();
    for expected in ["before", "from here", "from\nthere", "0", "1", "2", "3", "4"] {
        assert_eq!(next_text(&mut afterwards).await, expected);
    }
    assert_eq!(next(&mut afterwards).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_fifty_come_first_and_few_are_kept() {
    let world = World::start().await;
    let (stream, _encoder) = world.live(Uuid::now_v7(), 1).await;
    let stream_id = stream.stream_id;
    fill(&world, &stream_id, 210, "number").await;
    let reader = Uuid::now_v7();
    say(&world, &world.streaming, reader, &stream_id, "newest").await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM chat_messages").await, 200);
    let mut chat = watch(&world, &world.streaming, reader, &stream_id).await.unwrap();
    for number in 162..=210 {
        assert_eq!(next_text(&mut chat).await, format!("number {number}"));
    }
    assert_eq!(next_text(&mut chat).await, "newest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_is_said_once() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, _encoder) = world.live(owner, 1).await;
    let request =
        SendChatMessageRequest { request_id: id(), stream_id: stream.stream_id.clone(), text: "once".to_owned() };
    let mut streaming = world.streaming.clone();
    let first = streaming.send_chat_message(world.as_user(owner, request.clone())).await.unwrap().into_inner();
    world.end(owner, &stream.stream_id).await.unwrap();
    let again = streaming.send_chat_message(world.as_user(owner, request.clone())).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = SendChatMessageRequest { text: "twice".to_owned(), ..request };
    let refused = streaming.send_chat_message(world.as_user(owner, other)).await;
    assert_eq!(code(refused), Code::FailedPrecondition);
    assert_eq!(world.count("SELECT count(*) FROM chat_messages").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_blocked_finds_no_chat_and_nobody_does_while_users_are_down() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, _encoder) = world.live(owner, 1).await;
    let stream_id = stream.stream_id;
    let (blocked, friend) = (Uuid::now_v7(), Uuid::now_v7());
    world.users.block(blocked, owner);
    assert_eq!(code(say(&world, &world.streaming, blocked, &stream_id, "hello").await), Code::NotFound);
    assert_eq!(code(watch(&world, &world.streaming, blocked, &stream_id).await), Code::NotFound);
    say(&world, &world.streaming, friend, &stream_id, "hello").await.unwrap();
    // Kept for a moment, so that not each message asks.
    let calls = world.users.calls();
    for _ in 0..3 {
        let mut chat = watch(&world, &world.streaming, friend, &stream_id).await.unwrap();
        assert_eq!(next_text(&mut chat).await, "hello");
    }
    assert!(world.users.calls() <= calls + 3);

    world.users.down(true);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let refused = say(&world, &world.streaming, Uuid::now_v7(), &stream_id, "hello").await;
    assert_eq!(code(refused), Code::Unavailable);
    assert_eq!(code(watch(&world, &world.streaming, Uuid::now_v7(), &stream_id).await), Code::Unavailable);
    // Watching works, and the owner is nobody's business.
    let request = GetPlaylistRequest { stream_id: stream_id.clone() };
    world.streaming.clone().get_playlist(world.as_user(blocked, request)).await.unwrap();
    say(&world, &world.streaming, owner, &stream_id, "mine").await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM chat_messages").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_begins_with_its_stream_and_has_a_pace() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, key) = world.create(owner, "soon").await;
    let stream_id = stream.stream_id;
    assert_eq!(code(say(&world, &world.streaming, owner, &stream_id, "early").await), Code::FailedPrecondition);
    assert_eq!(code(say(&world, &world.streaming, owner, &id(), "nowhere").await), Code::NotFound);
    // Who waits for it is told what comes.
    let mut chat = watch(&world, &world.streaming, Uuid::now_v7(), &stream_id).await.unwrap();
    let encoder = world.encoder(&stream_id, &key).await;
    encoder.send(1).await;
    world.until(&stream_id, StreamState::Live).await;
    let sender = Uuid::now_v7();
    say(&world, &world.streaming, sender, &stream_id, "first").await.unwrap();
    assert_eq!(next_text(&mut chat).await, "first");
    let mut refused = 0;
    for _ in 0..10 {
        refused +=
            i32::from(code(say(&world, &world.streaming, sender, &stream_id, "more").await) == Code::ResourceExhausted);
    }
    assert!(refused > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_a_chat_goes_on() {
    let world = World::start_with(|settings| settings.redis.url = format!("redis://{NOBODY}")).await;
    let another = world.another().await;
    let (stream, _encoder) = world.live(Uuid::now_v7(), 1).await;
    let reader = Uuid::now_v7();
    let mut chat = watch(&world, &another.streaming, reader, &stream.stream_id).await.unwrap();
    say(&world, &world.streaming, reader, &stream.stream_id, "slowly").await.unwrap();
    assert_eq!(next_text(&mut chat).await, "slowly");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_is_told_how_many_it_missed() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, _encoder) = world.live(owner, 1).await;
    let stream_id = stream.stream_id;
    // Little fits between the service and this reader.
    let endpoint = Endpoint::from_shared(world.grpc_url()).unwrap().initial_stream_window_size(65_535);
    let slow = Client::new(endpoint.initial_connection_window_size(65_535).connect_lazy());
    let mut chat = watch(&world, &slow, owner, &stream_id).await.unwrap();
    let text = "ü".repeat(490);
    for _ in 0..20 {
        fill(&world, &stream_id, 100, &text).await;
        let said = say(&world, &world.streaming, Uuid::now_v7(), &stream_id, "over").await;
        said.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.end(owner, &stream_id).await.unwrap();
    let (mut messages, mut missed) = (0, 0);
    while let Some(event) = next(&mut chat).await {
        match event {
            Event::Message(_) => messages += 1,
            Event::MissedCount(count) => missed += count,
        }
    }
    assert_eq!(messages + missed, 20 * 101);
    assert!(missed > 0 && messages > 0, "{messages} messages, {missed} missed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_stops_sends_its_readers_to_another_one() {
    let world = World::start().await;
    let another = world.another().await;
    let (stream, _encoder) = world.live(Uuid::now_v7(), 1).await;
    let mut chat = watch(&world, &another.streaming, Uuid::now_v7(), &stream.stream_id).await.unwrap();
    let stopping = tokio::spawn(another.stop());
    let farewell = tokio::time::timeout(SOON, chat.message()).await.unwrap();
    assert_eq!(code(farewell), Code::Unavailable);
    stopping.abort();
}

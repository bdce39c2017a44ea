//! Streams are made, found, listed, given other keys, ended.

use social_proto::streaming::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{World, code, id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_makes_one_stream_and_shows_its_key_once() {
    let world = World::start().await;
    let mut streaming = world.streaming.clone();
    let owner = Uuid::now_v7();
    let request = CreateStreamRequest { request_id: id(), title: "Über uns".to_owned() };
    let first = streaming.create_stream(world.as_user(owner, request.clone())).await.unwrap().into_inner();
    assert_eq!(first.stream_key.len(), 43);
    let stream = first.stream.unwrap();
    assert_eq!((stream.title.as_str(), stream.state()), ("Über uns", StreamState::Created));
    assert_eq!(stream.owner_id, owner.to_string());
    assert!(stream.create_time.is_some() && stream.live_time.is_none() && stream.end_time.is_none());

    let again = streaming.create_stream(world.as_user(owner, request.clone())).await.unwrap().into_inner();
    assert_eq!((again.stream.unwrap(), again.stream_key.as_str()), (stream.clone(), ""));
    let other = CreateStreamRequest { title: "other".to_owned(), ..request.clone() };
    assert_eq!(code(streaming.create_stream(world.as_user(owner, other)).await), Code::FailedPrecondition);
    // The id is the caller's own.
    let by_another = streaming.create_stream(world.as_user(Uuid::now_v7(), request)).await.unwrap().into_inner();
    assert_ne!(by_another.stream.unwrap().stream_id, stream.stream_id);
    assert_eq!(world.get(&stream.stream_id).await.unwrap(), stream);

    // Only the hash is stored, and no event or answer has the key.
    let stored: Vec<u8> = sqlx::query_scalar("SELECT key_hash FROM open_streams WHERE stream_id = $1")
        .bind(Uuid::parse_str(&stream.stream_id).unwrap())
        .fetch_one(world.database.pool())
        .await
        .unwrap();
    assert_eq!(stored.len(), 32);
    let answers: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT answer FROM stored_answers").fetch_all(world.database.pool()).await.unwrap();
    let key = first.stream_key.as_bytes();
    assert!(answers.iter().all(|answer| !answer.windows(key.len()).any(|window| window == key)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simultaneous_requests_make_one_stream() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let request = CreateStreamRequest { request_id: id(), title: "once".to_owned() };
    let calls = (0..8).map(|_| {
        let (mut streaming, request) = (world.streaming.clone(), world.as_user(owner, request.clone()));
        async move { streaming.create_stream(request).await.unwrap().into_inner() }
    });
    let answers = futures::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| !answer.stream_key.is_empty()).count(), 1);
    assert!(answers.iter().all(|answer| answer.stream == answers[0].stream));
    assert_eq!(world.count("SELECT count(*) FROM stream_events").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_to_their_ends() {
    let world = World::start().await;
    let mut streaming = world.streaming.clone();
    let (owner, other) = (Uuid::now_v7(), Uuid::now_v7());
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(world.create(owner, &format!("stream {number}")).await.0.stream_id);
    }
    world.create(other, "other").await;
    made.reverse();

    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListStreamsRequest { owner_id: owner.to_string(), page_size: 2, page_token };
        let page = streaming.list_streams(world.as_user(other, request)).await.unwrap().into_inner();
        assert!(page.streams.len() <= 2);
        found.extend(page.streams.into_iter().map(|stream| stream.stream_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, made);

    // A token of another query is refused.
    let request = ListStreamsRequest { owner_id: owner.to_string(), page_size: 2, ..Default::default() };
    let token = streaming.list_streams(world.as_user(other, request)).await.unwrap().into_inner().next_page_token;
    let request = ListStreamsRequest { owner_id: other.to_string(), page_size: 2, page_token: token.clone() };
    assert_eq!(code(streaming.list_streams(world.as_user(other, request)).await), Code::InvalidArgument);
    let request = ListLiveStreamsRequest { page_size: 2, page_token: token };
    assert_eq!(code(streaming.list_live_streams(world.as_user(other, request)).await), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_is_for_the_owner_and_comes_in_pages() {
    let world = World::start().await;
    let mut streaming = world.streaming.clone();
    let owner = Uuid::now_v7();
    let (stream, encoder) = world.live(owner, 1).await;
    let stream_id = stream.stream_id;
    encoder.finish().await.unwrap();
    world.rotate(owner, &stream_id, &id()).await.unwrap();
    world.rotate(owner, &stream_id, &id()).await.unwrap();
    world.end(owner, &stream_id).await.unwrap();
    use StreamState::*;
    let expected = [Created, Live, Interrupted, Interrupted, Interrupted, Ended];
    assert_eq!(world.history(owner, &stream_id).await, expected);

    let (mut states, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListStreamHistoryRequest { stream_id: stream_id.clone(), page_size: 4, page_token };
        let page = streaming.list_stream_history(world.as_user(owner, request)).await.unwrap().into_inner();
        states.extend(page.entries.iter().map(StreamHistoryEntry::state));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(states, expected);
    let request = ListStreamHistoryRequest { stream_id, ..Default::default() };
    let by_another = streaming.list_stream_history(world.as_user(Uuid::now_v7(), request)).await;
    assert_eq!(code(by_another), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_owner_rotates_and_ends() {
    let world = World::start().await;
    let (owner, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (stream, key) = world.create(owner, "mine").await;
    let stream_id = stream.stream_id;
    assert_eq!(code(world.rotate(other, &stream_id, &id()).await), Code::PermissionDenied);
    assert_eq!(code(world.end(other, &stream_id).await), Code::PermissionDenied);
    assert_eq!(code(world.rotate(owner, &id(), &id()).await), Code::NotFound);
    assert_eq!(code(world.end(owner, &id()).await), Code::NotFound);
    assert_eq!(world.count("SELECT count(*) FROM stream_events").await, 1);

    let request_id = id();
    let rotated = world.rotate(owner, &stream_id, &request_id).await.unwrap();
    assert!(rotated != key && rotated.len() == 43);
    assert_eq!(world.rotate(owner, &stream_id, &request_id).await.unwrap(), "");
    assert_eq!(world.count("SELECT count(*) FROM stream_events").await, 2);

    let ended = world.end(owner, &stream_id).await.unwrap();
    assert_eq!(ended.state(), StreamState::Ended);
    assert_eq!(world.end(owner, &stream_id).await.unwrap(), ended);
    assert_eq!(world.get(&stream_id).await.unwrap(), ended);
    assert_eq!(code(world.rotate(owner, &stream_id, &id()).await), Code::FailedPrecondition);
    assert_eq!(code(world.end(other, &stream_id).await), Code::PermissionDenied);
    // What was answered before is answered again, even now.
    assert_eq!(world.rotate(owner, &stream_id, &request_id).await.unwrap(), "");
    assert_eq!(world.count("SELECT count(*) FROM stream_events").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_has_a_bounded_number_of_open_streams() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (first, _) = world.create(owner, "first").await;
    for _ in 1..20 {
        world.create(owner, "more").await;
    }
    let request = || world.as_user(owner, CreateStreamRequest { request_id: id(), title: "one more".to_owned() });
    assert_eq!(code(world.streaming.clone().create_stream(request()).await), Code::FailedPrecondition);
    world.end(owner, &first.stream_id).await.unwrap();
    world.streaming.clone().create_stream(request()).await.unwrap();
}

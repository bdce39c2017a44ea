//! What is stored of a stream goes some time after its end; the stream itself stays.

use std::time::Duration;

use social_proto::streaming::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{SOON, World, code, id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recordings_go_when_their_time_is_over() {
    let mut world = World::start().await;
    let owner = Uuid::now_v7();
    let (kept, encoder) = world.live(owner, 3).await;
    encoder.finish().await.unwrap();
    world.end(owner, &kept.stream_id).await.unwrap();

    world.settings.recording_retention = Duration::ZERO;
    let (stream, encoder) = world.live(owner, 2).await;
    let say = SendChatMessageRequest { request_id: id(), stream_id: stream.stream_id.clone(), text: "x".to_owned() };
    world.streaming.clone().send_chat_message(world.as_user(owner, say)).await.unwrap();
    encoder.finish().await.unwrap();
    // The replica that ends it says how long it is kept.
    let another = world.another().await;
    let end = EndStreamRequest { stream_id: stream.stream_id.clone() };
    another.streaming.clone().end_stream(world.as_user(owner, end)).await.unwrap();
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM segments").await == 3);
        anyhow::ensure!(world.count("SELECT count(*) FROM chat_messages").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    let request = GetPlaylistRequest { stream_id: stream.stream_id.clone() };
    let playlist = world.streaming.clone().get_playlist(world.as_user(owner, request)).await;
    assert_eq!(code(playlist), Code::NotFound);
    let shown = world.get(&stream.stream_id).await.unwrap();
    assert_eq!((shown.title.as_str(), shown.state()), ("live", StreamState::Ended));
    let request = GetPlaylistRequest { stream_id: kept.stream_id };
    world.streaming.clone().get_playlist(world.as_user(owner, request)).await.unwrap();
}

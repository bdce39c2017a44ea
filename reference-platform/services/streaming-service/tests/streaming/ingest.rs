//! Encoders send, leave, come back, are cut off.

use std::time::{Duration, Instant};

use social_proto::streaming::v1::ingest_segments_request::Part;
use social_proto::streaming::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{Encoder, World, code, id, segment};

use StreamState::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_segment_makes_it_live_and_an_encoder_that_comes_back_goes_on() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, key) = world.create(owner, "live").await;
    let stream_id = stream.stream_id;
    let encoder = world.encoder(&stream_id, &key).await;
    assert_eq!(world.get(&stream_id).await.unwrap().state(), Created);
    encoder.send(1).await;
    encoder.send(2).await;
    let live = world.until(&stream_id, Live).await;
    assert!(live.live_time.is_some());
    world.stored(&stream_id, 2).await;
    encoder.vanish();
    world.until(&stream_id, Interrupted).await;

    // It does not know what has arrived, and sends the last one again.
    let encoder = world.encoder(&stream_id, &key).await;
    encoder.send(2).await;
    encoder.send(3).await;
    let resumed = world.until(&stream_id, Live).await;
    assert_eq!(resumed.live_time, live.live_time);
    assert_eq!(encoder.finish().await.unwrap(), 3);
    world.until(&stream_id, Interrupted).await;
    // One that sends nothing new is told what is there.
    let encoder = world.encoder(&stream_id, &key).await;
    encoder.send(1).await;
    assert_eq!(encoder.finish().await.unwrap(), 3);
    assert_eq!(world.history(owner, &stream_id).await, [Created, Live, Interrupted, Live, Interrupted]);
    assert_eq!(world.count("SELECT count(*) FROM segments").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_when_its_encoder_stays_away() {
    let world = World::start_with(|settings| settings.resume_window = Duration::from_millis(700)).await;
    // Both look for it; one ends it.
    let another = world.another().await;
    let owner = Uuid::now_v7();
    let (stream, encoder) = world.live(owner, 2).await;
    encoder.vanish();
    world.until(&stream.stream_id, Interrupted).await;
    let interrupted = Instant::now();
    let ended = world.until(&stream.stream_id, Ended).await;
    assert!(interrupted.elapsed() > Duration::from_millis(400));
    assert!(ended.end_time.is_some());
    assert_eq!(world.history(owner, &stream.stream_id).await, [Created, Live, Interrupted, Ended]);
    drop(another);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_encoder_is_told_so() {
    let world = World::start_with(|settings| settings.ingest_silence = Duration::from_millis(600)).await;
    let (stream, encoder) = world.live(Uuid::now_v7(), 1).await;
    world.until(&stream.stream_id, Interrupted).await;
    assert_eq!(code(encoder.answered().await), Code::DeadlineExceeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_silence_of_an_encoder_is_noticed_by_any_replica() {
    // This one does not notice: as if it had died.
    let mut world = World::start_with(|settings| settings.ingest_silence = Duration::from_secs(600)).await;
    let owner = Uuid::now_v7();
    let (stream, encoder) = world.live(owner, 1).await;
    world.settings.ingest_silence = Duration::from_millis(300);
    let _another = world.another().await;
    world.until(&stream.stream_id, Interrupted).await;
    // It was only slow.
    encoder.send(2).await;
    world.until(&stream.stream_id, Live).await;
    assert_eq!(world.history(owner, &stream.stream_id).await[..4], [Created, Live, Interrupted, Live]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_cuts_off_who_has_the_old_one_on_any_replica() {
    let world = World::start().await;
    let another = world.another().await;
    let owner = Uuid::now_v7();
    let (stream, old_key) = world.create(owner, "live").await;
    let stream_id = stream.stream_id;
    let here = Encoder::begin(another.streaming.clone(), &stream_id, &old_key).await;
    here.send(1).await;
    world.stored(&stream_id, 1).await;

    let begin = Instant::now();
    let new_key = world.rotate(owner, &stream_id, &id()).await.unwrap();
    assert_eq!(world.get(&stream_id).await.unwrap().state(), Interrupted);
    // It has nothing to send and is told all the same.
    assert_eq!(code(here.answered().await), Code::PermissionDenied);
    // Its silence alone would have taken longer.
    assert!(begin.elapsed() < Duration::from_secs(10));

    let with_the_old = world.encoder(&stream_id, &old_key).await;
    with_the_old.send(2).await;
    assert_eq!(code(with_the_old.answered().await), Code::PermissionDenied);
    let with_the_new = world.encoder(&stream_id, &new_key).await;
    with_the_new.send(2).await;
    world.stored(&stream_id, 2).await;
    assert_eq!(world.history(owner, &stream_id).await, [Created, Live, Live, Interrupted, Live]);

    // Its end cuts off, too.
    world.end(owner, &stream_id).await.unwrap();
    assert_eq!(code(with_the_new.answered().await), Code::FailedPrecondition);
    let late = world.encoder(&stream_id, &new_key).await;
    assert_eq!(code(late.answered().await), Code::FailedPrecondition);
    assert_eq!(world.get(&stream_id).await.unwrap().state(), Ended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_encoder_takes_over() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, key) = world.create(owner, "live").await;
    let stream_id = stream.stream_id;
    let older = world.encoder(&stream_id, &key).await;
    older.send(1).await;
    world.stored(&stream_id, 1).await;
    let newer = world.encoder(&stream_id, &key).await;
    newer.send(2).await;
    assert_eq!(code(older.answered().await), Code::Aborted);
    world.stored(&stream_id, 2).await;
    // The end of the older one interrupted nothing.
    assert_eq!(world.history(owner, &stream_id).await, [Created, Live]);
    assert_eq!(newer.finish().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_in_order_is_refused_and_not_stored() {
    let world = World::start().await;
    let (stream, key) = world.create(Uuid::now_v7(), "live").await;
    let stream_id = stream.stream_id;

    for (stream_id, key, expected) in [
        ("x", key.as_str(), Code::InvalidArgument),
        (stream_id.as_str(), "", Code::InvalidArgument),
        (stream_id.as_str(), "guessed", Code::PermissionDenied),
        (&id(), &key, Code::NotFound),
    ] {
        let encoder = world.encoder(stream_id, key).await;
        assert_eq!(code(encoder.answered().await), expected, "{stream_id} {key}");
    }
    let encoder = Encoder::raw(world.streaming.clone());
    encoder.send(1).await;
    assert_eq!(code(encoder.answered().await), Code::InvalidArgument);
    assert_eq!(code(Encoder::raw(world.streaming.clone()).finish().await), Code::InvalidArgument);

    let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    let large = vec![0x47; 188 * 17_000];
    for (wrong, expected) in [
        (segment(2), Code::InvalidArgument),
        (segment(0), Code::InvalidArgument),
        (Segment { content: b"no video".to_vec(), ..segment(1) }, Code::InvalidArgument),
        (Segment { content: Vec::new(), ..segment(1) }, Code::InvalidArgument),
        (Segment { duration: seconds(11), ..segment(1) }, Code::InvalidArgument),
        (Segment { duration: seconds(0), ..segment(1) }, Code::InvalidArgument),
        (Segment { content: large, ..segment(1) }, Code::InvalidArgument),
        (Segment { content: vec![0x47; 5 * 1024 * 1024], ..segment(1) }, Code::OutOfRange),
    ] {
        let encoder = world.encoder(&stream_id, &key).await;
        encoder.message(Part::Segment(wrong)).await;
        assert_eq!(code(encoder.answered().await), expected);
    }
    let encoder = world.encoder(&stream_id, &key).await;
    encoder.message(Part::Header(IngestHeader::default())).await;
    assert_eq!(code(encoder.answered().await), Code::InvalidArgument);
    assert_eq!(world.count("SELECT count(*) FROM segments").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM stream_events").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_stops_sends_its_encoder_to_another_one() {
    let world = World::start().await;
    let another = world.another().await;
    let owner = Uuid::now_v7();
    let (stream, key) = world.create(owner, "live").await;
    let encoder = Encoder::begin(another.streaming.clone(), &stream.stream_id, &key).await;
    encoder.send(1).await;
    world.stored(&stream.stream_id, 1).await;
    let stopping = tokio::spawn(another.stop());
    assert_eq!(code(encoder.answered().await), Code::Unavailable);
    let encoder = world.encoder(&stream.stream_id, &key).await;
    encoder.send(2).await;
    world.stored(&stream.stream_id, 2).await;
    // Nobody noticed.
    assert_eq!(world.history(owner, &stream.stream_id).await, [Created, Live]);
    stopping.abort();
}

//! Whatever comes in gets a proper answer: no request makes the service fail.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use social_proto::streaming::v1::ingest_segments_request::Part;
use social_proto::streaming::v1::*;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::harness::{World, segment};

/// Of each RPC.
const ROUNDS: usize = 40;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("text".to_owned()),
        Just("\0".to_owned()),
        Just("x".repeat(501)),
        "\\PC{0,40}",
        any::<String>(),
    ]
}

/// Ids that exist come up, and much else.
fn an_id(known: Vec<String>) -> BoxedStrategy<String> {
    prop_oneof![3 => prop::sample::select(known), 1 => Just(Uuid::nil().to_string()), 1 => text()].boxed()
}

fn number() -> impl Strategy<Value = i32> {
    prop_oneof![0..=6i32, Just(100), Just(101), any::<i32>()]
}

fn part(stream_id: String, key: String) -> impl Strategy<Value = Option<Part>> {
    let header = (prop_oneof![Just(stream_id), text()], prop_oneof![Just(key), text()]);
    let header = header.prop_map(|(stream_id, stream_key)| Part::Header(IngestHeader { stream_id, stream_key }));
    let content = prop_oneof![Just(segment(1).content), prop::collection::vec(any::<u8>(), 0..400)];
    let seconds = prop_oneof![Just(1), any::<i64>()];
    let duration = prop::option::of((seconds, prop_oneof![Just(0), any::<i32>()]));
    let sequence = prop_oneof![1..4i64, any::<i64>()];
    let segment = (sequence, duration, content).prop_map(|(sequence, duration, content)| {
        let duration = duration.map(|(seconds, nanos)| prost_types::Duration { seconds, nanos });
        Part::Segment(Segment { sequence, duration, content })
    });
    prop::option::weighted(0.9, prop_oneof![header, segment])
}

fn answered<T>(name: &str, outcome: Result<Response<T>, Status>) {
    if let Err(status) = outcome {
        let proper = [
            Code::InvalidArgument,
            Code::NotFound,
            Code::PermissionDenied,
            Code::FailedPrecondition,
            Code::Aborted,
            Code::ResourceExhausted,
        ];
        assert!(proper.contains(&status.code()), "{name}: {status:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_gets_a_proper_answer() {
    let world = World::start().await;
    let mut streaming = world.streaming.clone();
    let caller = Uuid::now_v7();
    let (created, key) = world.create(caller, "created").await;
    let (others, _encoder) = world.live(Uuid::now_v7(), 1).await;
    let known = vec![Uuid::new_v4().to_string(), caller.to_string(), created.stream_id.clone(), others.stream_id];
    let id = || an_id(known.clone());

    let mut random = TestRunner::deterministic();
    macro_rules! throw {
        ($rpc:ident, $strategy:expr, $request:expr) => {
            let strategy = $strategy;
            for _ in 0..ROUNDS {
                let request = $request(strategy.new_tree(&mut random).unwrap().current());
                answered(stringify!($rpc), streaming.$rpc(world.as_user(caller, request)).await);
            }
        };
    }
    throw!(create_stream, (id(), text()), |(request_id, title)| CreateStreamRequest { request_id, title });
    throw!(get_stream, id(), |stream_id| GetStreamRequest { stream_id });
    throw!(list_live_streams, (number(), text()), |(page_size, page_token)| ListLiveStreamsRequest {
        page_size,
        page_token
    });
    throw!(list_streams, (id(), number(), text()), |(owner_id, page_size, page_token)| ListStreamsRequest {
        owner_id,
        page_size,
        page_token
    });
    throw!(list_stream_history, (id(), number(), text()), |(stream_id, page_size, page_token)| {
        ListStreamHistoryRequest { stream_id, page_size, page_token }
    });
    let parts = prop::collection::vec(part(created.stream_id.clone(), key), 0..5);
    for _ in 0..ROUNDS {
        let parts = parts.new_tree(&mut random).unwrap().current();
        let messages: Vec<_> = parts.into_iter().map(|part| IngestSegmentsRequest { part }).collect();
        answered("ingest_segments", streaming.ingest_segments(tokio_stream::iter(messages)).await);
    }
    throw!(get_playlist, id(), |stream_id| GetPlaylistRequest { stream_id });
    throw!(put_viewer, (id(), id()), |(stream_id, viewer_id)| PutViewerRequest { stream_id, viewer_id });
    throw!(send_chat_message, (id(), id(), text()), |(request_id, stream_id, text)| SendChatMessageRequest {
        request_id,
        stream_id,
        text
    });
    throw!(watch_chat, id(), |stream_id| WatchChatRequest { stream_id });
    throw!(rotate_stream_key, (id(), id()), |(request_id, stream_id)| RotateStreamKeyRequest { request_id, stream_id });
    throw!(end_stream, id(), |stream_id| EndStreamRequest { stream_id });
}

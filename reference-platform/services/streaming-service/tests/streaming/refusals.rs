//! Who is not known, or asks for nonsense, is refused and changes nothing.

use social_proto::streaming::v1::*;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::harness::{World, code, id};

/// Calls an RPC without a token, with one that has expired, and with nonsense in the request.
macro_rules! refused {
    ($world:ident, $rpc:ident, $($nonsense:expr),+) => {
        let mut streaming = $world.streaming.clone();
        let nonsense = [$($nonsense),+];
        let anonymous = streaming.$rpc(Request::new(nonsense[0].clone())).await;
        assert_eq!(code(anonymous), Code::Unauthenticated, stringify!($rpc));
        let expired = format!("Bearer {}", $world.tokens.expired(Uuid::now_v7()));
        let mut request = Request::new(nonsense[0].clone());
        request.metadata_mut().insert("authorization", expired.parse().unwrap());
        assert_eq!(code(streaming.$rpc(request).await), Code::Unauthenticated, stringify!($rpc));
        for request in nonsense {
            let outcome = streaming.$rpc($world.as_user(Uuid::now_v7(), request.clone())).await;
            assert_eq!(code(outcome), Code::InvalidArgument, "{}: {request:?}", stringify!($rpc));
        }
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rpc_refuses_nonsense_and_strangers() {
    let world = World::start().await;
    let (x, long) = (|| "x".to_owned(), |length| "ü".repeat(length));
    let create = |request_id: String, title: String| CreateStreamRequest { request_id, title };
    refused!(
        world,
        create_stream,
        create(x(), x()),
        create(id(), String::new()),
        create(id(), "  ".to_owned()),
        create(id(), long(141)),
        create(id(), "a\nb".to_owned())
    );
    let rotate = |request_id, stream_id| RotateStreamKeyRequest { request_id, stream_id };
    refused!(world, rotate_stream_key, rotate(x(), id()), rotate(id(), x()));
    refused!(world, get_stream, GetStreamRequest { stream_id: x() }, GetStreamRequest::default());
    let live = |page_size, page_token| ListLiveStreamsRequest { page_size, page_token };
    refused!(world, list_live_streams, live(101, String::new()), live(-1, String::new()), live(1, x()));
    let list = |owner_id, page_size, page_token| ListStreamsRequest { owner_id, page_size, page_token };
    refused!(world, list_streams, list(x(), 1, String::new()), list(id(), 101, String::new()), list(id(), 1, x()));
    let history = |stream_id, page_size| ListStreamHistoryRequest { stream_id, page_size, page_token: String::new() };
    refused!(world, list_stream_history, history(x(), 1), history(id(), 101));
    refused!(world, end_stream, EndStreamRequest { stream_id: x() });
    refused!(world, get_playlist, GetPlaylistRequest { stream_id: x() });
    let viewer = |stream_id, viewer_id| PutViewerRequest { stream_id, viewer_id };
    refused!(world, put_viewer, viewer(x(), id()), viewer(id(), x()));
    let say = |request_id, stream_id, text| SendChatMessageRequest { request_id, stream_id, text };
    refused!(
        world,
        send_chat_message,
        say(x(), id(), x()),
        say(id(), x(), x()),
        say(id(), id(), String::new()),
        say(id(), id(), long(501)),
        say(id(), id(), "\0".to_owned())
    );
    refused!(world, watch_chat, WatchChatRequest { stream_id: x() });
    assert_eq!(world.count("SELECT count(*) FROM stream_events").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 0);

    // Services have no streams.
    let mut request = Request::new(create(id(), x()));
    let token = format!("Bearer {}", world.tokens.service("feed-service"));
    request.metadata_mut().insert("authorization", token.parse().unwrap());
    assert_eq!(code(world.streaming.clone().create_stream(request).await), Code::PermissionDenied);
}

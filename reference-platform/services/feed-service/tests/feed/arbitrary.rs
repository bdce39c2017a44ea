//! Whatever comes in gets a proper answer.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use social_proto::feed::v1::*;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::world::World;

/// Of each RPC.
const ROUNDS: usize = 100;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("\0".to_owned()),
        Just("x".repeat(2000)),
        "[A-Za-z0-9_-]{0,40}",
        any::<String>()
    ]
}

fn number() -> impl Strategy<Value = i32> {
    prop_oneof![0..=6i32, Just(100), Just(101), any::<i32>()]
}

fn answered<T>(outcome: Result<Response<T>, Status>) {
    if let Err(status) = outcome {
        assert!(
            [Code::InvalidArgument, Code::PermissionDenied, Code::OutOfRange].contains(&status.code()),
            "{status:?}"
        );
    }
}

#[tokio::test]
async fn every_request_gets_a_proper_answer() {
    let world = World::start().await;
    let mut feeds = world.feeds.clone();
    let reader = Uuid::now_v7();
    let operator = world.tokens.operator();
    let mut random = TestRunner::deterministic();
    let list = (number(), number(), text());
    let rebuild = prop_oneof![Just(reader.to_string()), text()];
    for _ in 0..ROUNDS {
        let (order, page_size, page_token) = list.new_tree(&mut random).unwrap().current();
        answered(world.try_feed(reader, ListFeedRequest { order, page_size, page_token }).await);
        let request = RebuildFeedRequest { user_id: rebuild.new_tree(&mut random).unwrap().current() };
        answered(feeds.rebuild_feed(world.with_token(&operator, request.clone())).await);
        answered(feeds.rebuild_feed(world.tokens.request_as(reader, request)).await);
    }
    world.stop().await;
}

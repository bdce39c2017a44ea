//! Whatever comes in gets a proper answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use social_proto::search::v1::*;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::world::World;

/// Of each RPC.
const ROUNDS: usize = 100;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("\0".to_owned()),
        Just("x".repeat(200)),
        Just("ß".repeat(200)),
        Just("\"".to_owned()),
        "[#@]?[a-c_\" ]{0,9}",
        "\\PC{0,40}",
        any::<String>()
    ]
}

fn number() -> impl Strategy<Value = i32> {
    prop_oneof![0..=6i32, Just(100), Just(101), any::<i32>()]
}

fn answered<T>(name: &str, outcome: Result<Response<T>, Status>) {
    if let Err(status) = outcome {
        let proper = [Code::InvalidArgument, Code::NotFound, Code::FailedPrecondition, Code::OutOfRange];
        assert!(proper.contains(&status.code()), "{name}: {status:?}");
    }
}

#[tokio::test]
async fn every_request_gets_a_proper_answer() {
    let world = World::start().await;
    let ada = world.user("abc_ab", "A bc ß", "cc aa").await;
    world.post(ada, "a b c #abc #ß").await;
    world.settled().await;
    let mut search = world.search.clone();
    let mut random = TestRunner::deterministic();
    let caller = Uuid::now_v7();
    macro_rules! throw {
        ($rpc:ident, $strategy:expr, $request:expr) => {
            let strategy = $strategy;
            for _ in 0..ROUNDS {
                let request = $request(strategy.new_tree(&mut random).unwrap().current());
                answered(stringify!($rpc), search.$rpc(world.tokens.request_as(caller, request)).await);
            }
        };
    }
    let id = || prop_oneof![Just(ada.to_string()), Just(String::new()), text()];
    throw!(search_users, (text(), number(), text()), |(query, page_size, page_token)| {
        SearchUsersRequest { query, page_size, page_token }
    });
    throw!(search_posts, (text(), prop_oneof![Just(String::new()), text()], id(), number(), 0..=100i32), |(
        query,
        tag,
        author_id,
        order,
        page_size,
    )| {
        SearchPostsRequest { query, tag, author_id, order, page_size, page_token: String::new() }
    });
    throw!(search_tags, (text(), number(), text()), |(prefix, page_size, page_token)| {
        SearchTagsRequest { prefix, page_size, page_token }
    });
    throw!(suggest, (text(), 0..=21i32), |(prefix, limit)| SuggestRequest { prefix, limit });
    for _ in 0..ROUNDS {
        let wrong = text().new_tree(&mut random).unwrap().current();
        let request = GetRebuildRequest { rebuild_id: wrong.clone() };
        answered("get_rebuild", search.get_rebuild(world.as_operator(request)).await);
        let request = StartRebuildRequest { request_id: wrong };
        answered("start_rebuild", search.start_rebuild(world.as_operator(request)).await);
    }
    world.stop().await;
}

/// Tokens that are well formed and made by somebody else.
#[tokio::test]
async fn cursors_that_were_never_made_harm_nobody() {
    let world = World::start().await;
    let author = Uuid::now_v7();
    for _ in 0..2 {
        world.post(author, "word").await;
    }
    world.settled().await;
    let request = SearchPostsRequest { query: "word".to_owned(), page_size: 1, ..Default::default() };
    let token = world.posts(request.clone()).await.next_page_token;
    let token: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).unwrap()).unwrap();
    for cursor in [
        serde_json::json!({"at": i64::MAX, "offset": u64::MAX}),
        serde_json::json!({"at": i64::MIN, "offset": 0}),
        serde_json::json!({"at": 0, "offset": 1000}),
        serde_json::json!({"at": 0, "offset": -1}),
        serde_json::json!(null),
    ] {
        let mut forged = token.clone();
        forged["c"] = cursor;
        let page_token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&forged).unwrap());
        answered("search_posts", world.try_posts(SearchPostsRequest { page_token, ..request.clone() }).await);
    }
    world.stop().await;
}

//! Whatever comes in gets a proper answer: no request makes the service fail, and none that is refused changes anything.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use prost_types::FieldMask;
use social_proto::content::v1::*;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::harness::Harness;

/// Of each RPC.
const ROUNDS: usize = 60;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("text #tag".to_owned()),
        Just("\0".to_owned()),
        Just("x".repeat(5001)),
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

fn answered<T>(name: &str, outcome: Result<Response<T>, Status>) {
    if let Err(status) = outcome {
        let proper = [
            Code::InvalidArgument,
            Code::NotFound,
            Code::PermissionDenied,
            Code::FailedPrecondition,
            Code::Aborted,
            // More than the service reads.
            Code::OutOfRange,
            Code::ResourceExhausted,
        ];
        assert!(proper.contains(&status.code()), "{name}: {status:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_gets_a_proper_answer() {
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let caller = Uuid::now_v7();
    let mut known = vec![Uuid::new_v4().to_string(), caller.to_string()];
    for visibility in [Visibility::Public, Visibility::Private] {
        known.push(harness.publish(caller, "text", visibility).await.post_id);
        known.push(harness.publish(Uuid::now_v7(), "text", visibility).await.post_id);
    }
    let id = || an_id(known.clone());
    let ids = || prop_oneof![prop::collection::vec(an_id(known.clone()), 0..4), Just(vec![known[0].clone(); 101])];
    let mask =
        || prop::option::of(prop::collection::vec(prop_oneof!["text", "media_ids", "visibility", "\\PC{0,9}"], 0..5));

    let mut random = TestRunner::deterministic();
    macro_rules! throw {
        ($rpc:ident, $strategy:expr, $request:expr) => {
            let strategy = $strategy;
            for _ in 0..ROUNDS {
                let request = $request(strategy.new_tree(&mut random).unwrap().current());
                answered(stringify!($rpc), content.$rpc(harness.as_user(caller, request)).await);
            }
        };
    }
    throw!(create_post, (id(), text(), ids(), number()), |(request_id, text, media_ids, visibility)| {
        CreatePostRequest { request_id, text, media_ids, visibility }
    });
    throw!(get_post, id(), |post_id| GetPostRequest { post_id });
    throw!(batch_get_posts, ids(), |post_ids| BatchGetPostsRequest { post_ids });
    throw!(list_posts, (id(), number(), text()), |(author_id, page_size, page_token)| ListPostsRequest {
        author_id,
        page_size,
        page_token
    });
    throw!(
        update_post,
        (prop::bool::ANY, id(), text(), ids(), number(), prop_oneof![Just("1".to_owned()), text()], mask()),
        |(there, post_id, text, media_ids, visibility, etag, paths): (bool, _, _, _, _, _, Option<Vec<String>>)| {
            UpdatePostRequest {
                post: there.then(|| Post { post_id, text, media_ids, visibility, etag, ..Default::default() }),
                update_mask: paths.map(|paths| FieldMask { paths }),
            }
        }
    );
    throw!(create_comment, (id(), id(), text(), text()), |(request_id, post_id, parent_id, text)| {
        CreateCommentRequest { request_id, post_id, parent_id, text }
    });
    throw!(list_comments, (id(), text(), number(), text()), |(post_id, parent_id, page_size, page_token)| {
        ListCommentsRequest { post_id, parent_id, page_size, page_token }
    });
    throw!(delete_comment, id(), |comment_id| DeleteCommentRequest { comment_id });
    throw!(set_reaction, (id(), number()), |(post_id, kind)| SetReactionRequest { post_id, kind });
    throw!(delete_reaction, id(), |post_id| DeleteReactionRequest { post_id });
    throw!(list_reactions, (id(), number(), number(), text()), |(post_id, kind, page_size, page_token)| {
        ListReactionsRequest { post_id, kind, page_size, page_token }
    });
    throw!(batch_get_counters, ids(), |post_ids| BatchGetCountersRequest { post_ids });
    throw!(delete_post, id(), |post_id| DeletePostRequest { post_id });
}

/// Tokens that are well formed and made by somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cursors_that_were_never_made_are_refused() {
    use base64::Engine;
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let author = Uuid::now_v7();
    let post_id = harness.publish(author, "text", Visibility::Public).await.post_id;
    for kind in [1, 1] {
        for user in [Uuid::now_v7(), Uuid::now_v7()] {
            let react = SetReactionRequest { post_id: post_id.clone(), kind };
            content.set_reaction(harness.as_user(user, react)).await.unwrap();
        }
    }
    let list =
        |page_token: String| ListReactionsRequest { post_id: post_id.clone(), kind: 0, page_size: 1, page_token };
    let page = content.list_reactions(harness.as_user(author, list(String::new()))).await.unwrap().into_inner();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let token: serde_json::Value = serde_json::from_slice(&engine.decode(page.next_page_token).unwrap()).unwrap();
    for cursor in [
        serde_json::json!([u64::MAX, Uuid::nil()]),
        serde_json::json!([253_402_300_799_999_999_u64, Uuid::nil()]),
        serde_json::json!([-1, Uuid::nil()]),
        serde_json::json!("x"),
        serde_json::json!(null),
    ] {
        let mut forged = token.clone();
        forged["c"] = cursor;
        let forged = engine.encode(serde_json::to_vec(&forged).unwrap());
        answered("list_reactions", content.list_reactions(harness.as_user(author, list(forged))).await);
    }
}

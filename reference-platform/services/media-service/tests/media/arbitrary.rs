//! Whatever comes in gets a proper answer: no request makes the service fail.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use social_proto::media::v1::upload_media_request::Part;
use social_proto::media::v1::*;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::files::photo;
use crate::harness::Harness;

/// Of each RPC.
const ROUNDS: usize = 60;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just("original".to_owned()), Just("\0".to_owned()), "\\PC{0,40}", any::<String>()]
}

/// Ids that exist come up, and much else.
fn an_id(known: Vec<String>) -> BoxedStrategy<String> {
    prop_oneof![3 => prop::sample::select(known), 1 => Just(Uuid::nil().to_string()), 1 => text()].boxed()
}

fn number() -> impl Strategy<Value = i32> {
    prop_oneof![0..=6i32, Just(100), Just(101), any::<i32>()]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let begin = prop::sample::select(vec![
        &b""[..],
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"\0\0\0\x18ftypisom",
    ]);
    (begin, prop::collection::vec(any::<u8>(), 0..500)).prop_map(|(begin, rest)| [begin, &rest].concat())
}

fn part(ids: BoxedStrategy<String>) -> impl Strategy<Value = UploadMediaRequest> {
    let header = (ids, number(), prop_oneof![0..600i64, any::<i64>()], prop_oneof![Just(vec![0; 32]), bytes()])
        .prop_map(|(request_id, kind, size_bytes, sha256)| {
            Part::Header(UploadHeader { request_id, kind, size_bytes, sha256 })
        });
    prop::option::weighted(0.95, prop_oneof![2 => header, 1 => bytes().prop_map(Part::Chunk)])
        .prop_map(|part| UploadMediaRequest { part })
}

fn answered<T>(name: &str, outcome: Result<Response<T>, Status>) {
    if let Err(status) = outcome {
        let proper =
            [Code::InvalidArgument, Code::NotFound, Code::PermissionDenied, Code::FailedPrecondition, Code::DataLoss];
        assert!(proper.contains(&status.code()), "{name}: {status:?}");
    }
}

#[tokio::test]
async fn every_request_gets_a_proper_answer() {
    let harness = Harness::start().await;
    let mut client = harness.client.clone();
    let caller = Uuid::now_v7();
    let mut known = vec![caller.to_string()];
    for owner in [caller, Uuid::now_v7()] {
        known.push(harness.process(owner, MediaKind::Image, &photo(30, 20)).await.media_id);
        known.push(harness.upload(owner, MediaKind::Image, &photo(30, 20)[..300]).await.media_id);
    }
    let id = || an_id(known.clone());
    let ids = || prop_oneof![prop::collection::vec(an_id(known.clone()), 0..4), Just(vec![known[0].clone(); 101])];
    let mut random = TestRunner::deterministic();
    macro_rules! throw {
        ($rpc:ident, $strategy:expr, $request:expr) => {
            let strategy = $strategy;
            for _ in 0..ROUNDS {
                let request = $request(strategy.new_tree(&mut random).unwrap().current());
                answered(stringify!($rpc), client.$rpc(harness.as_user(caller, request)).await);
            }
        };
    }
    throw!(upload_media, prop::collection::vec(part(id()), 0..4), tokio_stream::iter);
    throw!(get_media, id(), |media_id| GetMediaRequest { media_id });
    throw!(batch_get_media, ids(), |media_ids| BatchGetMediaRequest { media_ids });
    throw!(list_media, (number(), number(), text()), |(kind, page_size, page_token)| ListMediaRequest {
        kind,
        page_size,
        page_token
    });
    let lifetime = prop::option::of((prop_oneof![0..4000i64, any::<i64>()], number()));
    throw!(sign_url, (id(), text(), lifetime), |(media_id, variant, lifetime): (_, _, Option<(i64, i32)>)| {
        let lifetime = lifetime.map(|(seconds, nanos)| prost_types::Duration { seconds, nanos });
        SignUrlRequest { media_id, variant, lifetime }
    });
    throw!(delete_media, id(), |media_id| DeleteMediaRequest { media_id });
}

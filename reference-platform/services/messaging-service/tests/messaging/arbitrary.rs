//! Whatever comes in gets a proper answer: no request makes the service fail.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use social_proto::messaging::v1::chat_request::Event as Said;
use social_proto::messaging::v1::*;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::devices::Device;
use crate::world::World;

/// Of each RPC.
const ROUNDS: usize = 40;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("text".to_owned()),
        Just("\0".to_owned()),
        Just("x".repeat(4001)),
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

fn sequence() -> impl Strategy<Value = i64> {
    prop_oneof![0..=6i64, any::<i64>()]
}

fn answered(name: &str, status: Option<Status>) {
    let proper = [
        Code::Ok,
        Code::InvalidArgument,
        Code::NotFound,
        Code::PermissionDenied,
        Code::FailedPrecondition,
        Code::Aborted,
        Code::OutOfRange,
        Code::ResourceExhausted,
    ];
    let code = status.as_ref().map_or(Code::Ok, Status::code);
    assert!(proper.contains(&code), "{name}: {status:?}");
}

#[tokio::test]
async fn every_request_gets_a_proper_answer() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (caller, other) = (Uuid::now_v7(), Uuid::now_v7());
    let direct = world.begin(caller, &[other]).await;
    let group = world.begin(caller, &[other, Uuid::now_v7()]).await;
    let foreign = world.begin(other, &[Uuid::now_v7()]).await;
    let mut known = vec![caller.to_string(), other.to_string(), Uuid::new_v4().to_string()];
    for conversation in [direct, group, foreign] {
        known.push(world.say(if known.len() < 7 { caller } else { other }, &conversation, "text").await.message_id);
        known.push(conversation.conversation_id);
    }
    let id = || an_id(known.clone());
    let ids = || prop_oneof![prop::collection::vec(an_id(known.clone()), 0..4), Just(vec![known[0].clone(); 101])];

    let mut random = TestRunner::deterministic();
    macro_rules! throw {
        ($rpc:ident, $strategy:expr, $request:expr) => {
            let strategy = $strategy;
            for _ in 0..ROUNDS {
                let request = $request(strategy.new_tree(&mut random).unwrap().current());
                answered(stringify!($rpc), messaging.$rpc(world.as_user(caller, request)).await.err());
            }
        };
    }
    throw!(create_conversation, (id(), ids(), text()), |(request_id, member_ids, title)| CreateConversationRequest {
        request_id,
        member_ids,
        title
    });
    throw!(get_conversation, id(), |conversation_id| GetConversationRequest { conversation_id });
    throw!(list_conversations, (number(), text()), |(page_size, page_token)| ListConversationsRequest {
        page_size,
        page_token
    });
    throw!(send_message, (id(), id(), text(), ids()), |(request_id, conversation_id, text, media_ids)| {
        SendMessageRequest { request_id, conversation_id, text, media_ids }
    });
    throw!(list_messages, (id(), number(), text()), |(conversation_id, page_size, page_token)| ListMessagesRequest {
        conversation_id,
        page_size,
        page_token
    });
    throw!(set_receipt, (id(), number(), sequence()), |(conversation_id, kind, sequence)| SetReceiptRequest {
        conversation_id,
        kind,
        sequence
    });
    throw!(batch_get_presence, ids(), |user_ids| BatchGetPresenceRequest { user_ids });

    let said =
        prop_oneof![
            (id(), id(), text(), ids()).prop_map(|(request_id, conversation_id, text, media_ids)| Said::Send(
                SendMessageRequest { request_id, conversation_id, text, media_ids }
            )),
            (id(), number(), sequence()).prop_map(|(conversation_id, kind, sequence)| Said::Receipt(
                SetReceiptRequest { conversation_id, kind, sequence }
            )),
            (id(), text()).prop_map(|(conversation_id, user_id)| Said::Typing(Typing { conversation_id, user_id })),
            text().prop_map(|position| Said::Begin(ChatBegin { position })),
        ];
    for _ in 0..ROUNDS {
        let position = text().new_tree(&mut random).unwrap().current();
        let position = if position.len().is_multiple_of(2) { "" } else { &position };
        let mut device = Device::begin(world.messaging(), &world.tokens.user(caller), position).await;
        device.say(said.new_tree(&mut random).unwrap().current()).await;
        device.hang_up();
        answered("chat", Some(device.end().await));
    }

    throw!(put_member, (id(), id()), |(conversation_id, user_id)| PutMemberRequest { conversation_id, user_id });
    throw!(delete_message, (id(), id()), |(conversation_id, message_id)| DeleteMessageRequest {
        conversation_id,
        message_id
    });
    throw!(delete_member, (id(), id()), |(conversation_id, user_id)| DeleteMemberRequest { conversation_id, user_id });
    world.stop().await;
}

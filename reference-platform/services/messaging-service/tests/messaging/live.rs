//! Live sessions on two replicas that share PostgreSQL and Redis.

use std::time::Duration;

use social_proto::messaging::v1::chat_request::Event as Said;
use social_proto::messaging::v1::chat_response::Event;
use social_proto::messaging::v1::messaging_service_client::MessagingServiceClient;
use social_proto::messaging::v1::send_result::Result as Outcome;
use social_proto::messaging::v1::*;
use tonic::Code;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::devices::Device;
use crate::world::{World, id, saying};

#[tokio::test]
async fn two_replicas_exchange_what_happens() {
    let world = World::start_with(2, |_| {}).await;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let mut of_anna = Device::connect(&world, &world.replicas[0], anna, "").await;
    let mut other_of_anna = Device::connect(&world, &world.replicas[1], anna, "").await;
    let mut of_ben = Device::connect(&world, &world.replicas[1], ben, "").await;

    let request = saying(&conversation.conversation_id, "hello Ben");
    of_anna.say(Said::Send(request.clone())).await;
    let sent = loop {
        if let Event::Sent(sent) = of_anna.next().await.unwrap() {
            break sent;
        }
    };
    assert_eq!(sent.request_id, request.request_id);
    let Some(Outcome::Message(message)) = sent.result else { panic!("not sent") };
    assert_eq!((message.sequence, message.text.as_str()), (1, "hello Ben"));
    assert_eq!(of_ben.message().await, message);
    assert_eq!(other_of_anna.message().await, message, "another device of the sender");

    let conversation_id = conversation.conversation_id.clone();
    of_ben.say(Said::Typing(Typing { conversation_id: conversation_id.clone(), user_id: id() })).await;
    let typing = Typing { conversation_id: conversation_id.clone(), user_id: ben.to_string() };
    assert_eq!(other_of_anna.next().await.unwrap(), Event::Typing(typing));
    let read =
        SetReceiptRequest { conversation_id: conversation_id.clone(), kind: ReceiptKind::Read.into(), sequence: 1 };
    of_ben.say(Said::Receipt(read.clone())).await;
    let receipt =
        Receipt { conversation_id: conversation_id.clone(), user_id: ben.to_string(), kind: read.kind, sequence: 1 };
    assert_eq!(other_of_anna.next().await.unwrap(), Event::Receipt(receipt.clone()));
    assert_eq!(of_ben.next().await.unwrap(), Event::Receipt(receipt));
    of_ben.say(Said::Receipt(read)).await;

    let delete = DeleteMessageRequest { conversation_id, message_id: message.message_id.clone() };
    world.messaging().delete_message(world.as_user(anna, delete)).await.unwrap();
    let deleted = other_of_anna.message().await;
    assert_eq!(
        deleted,
        ChatMessage { text: String::new(), deleted: true, ..message },
        "and no second receipt before it"
    );
    assert_eq!(of_ben.message().await, deleted);
    world.stop().await;
}

#[tokio::test]
async fn what_was_missed_comes_on_another_replica_without_gaps() {
    let world = World::start_with(2, |_| {}).await;
    let (anna, ben, cleo) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let one = world.begin(anna, &[ben]).await;
    let other = world.begin(ben, &[anna, cleo]).await;
    let mut device = Device::connect(&world, &world.replicas[0], ben, "").await;
    world.say(anna, &one, "seen").await;
    assert_eq!(device.message().await.text, "seen");
    let position = device.position.clone();
    drop(device);

    // More than one page, in two conversations, with receipts between.
    let mut expected = Vec::new();
    for number in 0..110 {
        let conversation = if number % 3 == 0 { &other } else { &one };
        expected.push(world.say(anna, conversation, &number.to_string()).await.message_id);
    }
    let read = |sequence| SetReceiptRequest { conversation_id: one.conversation_id.clone(), kind: 2, sequence };
    for sequence in [5, 9] {
        world.messaging().set_receipt(world.as_user(anna, read(sequence))).await.unwrap();
    }
    let mut device = Device::begin(world.replicas[1].messaging.clone(), &world.tokens.user(ben), &position).await;
    let mut live = Vec::new();
    for number in 0..5 {
        live.push(world.say(anna, &one, &format!("live {number}")).await.message_id);
    }
    let (mut messages, mut receipts) = (Vec::new(), Vec::new());
    while messages.len() < expected.len() + live.len() {
        match device.next().await.unwrap() {
            Event::Message(message) => messages.push(message.message_id),
            Event::Receipt(receipt) => receipts.push(receipt.sequence),
            other => panic!("{other:?}"),
        }
    }
    expected.extend(live);
    assert_eq!(messages, expected, "each once, in order");
    assert_eq!(receipts, [9], "only how far anna is");

    // From the last position on nothing is missed; from the first one on, all again.
    let again = Device::begin(world.replicas[0].messaging.clone(), &world.tokens.user(ben), &device.position).await;
    let mut again = again;
    assert!(again.is_silent().await);
    let mut all = Device::begin(world.replicas[0].messaging.clone(), &world.tokens.user(ben), &position).await;
    for message_id in &expected[..3] {
        assert_eq!(&all.message().await.message_id, message_id);
    }
    world.stop().await;
}

#[tokio::test]
async fn who_has_left_hears_nothing_more_of_it() {
    let world = World::start_with(2, |_| {}).await;
    let (anna, ben, cleo) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let group = world.begin(anna, &[ben, cleo]).await;
    let mut device = Device::connect(&world, &world.replicas[1], ben, "").await;
    world.say(anna, &group, "one").await;
    device.message().await;
    let position = device.position.clone();
    world.say(anna, &group, "two").await;
    assert_eq!(device.message().await.text, "two");
    let remove = DeleteMemberRequest { conversation_id: group.conversation_id.clone(), user_id: ben.to_string() };
    world.messaging().delete_member(world.as_user(ben, remove)).await.unwrap();
    world.say(anna, &group, "three").await;
    assert!(device.is_silent().await);
    let mut again = Device::begin(world.replicas[0].messaging.clone(), &world.tokens.user(ben), &position).await;
    assert!(again.is_silent().await, "not even what was said before");
    let put = PutMemberRequest { conversation_id: group.conversation_id.clone(), user_id: ben.to_string() };
    world.messaging().put_member(world.as_user(anna, put)).await.unwrap();
    world.say(anna, &group, "four").await;
    assert_eq!((device.message().await.text.as_str(), again.message().await.text.as_str()), ("four", "four"));
    world.stop().await;
}

#[tokio::test]
async fn sessions_begin_with_a_beginning_of_their_user() {
    let world = World::start().await;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let messaging = world.messaging();
    let mut of_ben = Device::connect(&world, &world.replicas[0], ben, "").await;
    world.say(anna, &conversation, "hello").await;
    of_ben.message().await;
    for (position, token) in [
        ("nonsense", world.tokens.user(anna)),
        (of_ben.position.as_str(), world.tokens.user(anna)),
        (&"x".repeat(2000), world.tokens.user(anna)),
    ] {
        assert_eq!(Device::begin(messaging.clone(), &token, position).await.end().await.code(), Code::InvalidArgument);
    }
    let service = world.tokens.service("feed-service");
    assert_eq!(Device::begin(messaging.clone(), &service, "").await.end().await.code(), Code::PermissionDenied);

    let mut twice = Device::connect(&world, &world.replicas[0], anna, "").await;
    twice.say(Said::Begin(ChatBegin::default())).await;
    assert_eq!(twice.end().await.code(), Code::InvalidArgument);
    let mut malformed = Device::connect(&world, &world.replicas[0], anna, "").await;
    malformed.say(Said::Receipt(SetReceiptRequest::default())).await;
    assert_eq!(malformed.end().await.code(), Code::InvalidArgument);
    let mut none = world.messaging();
    let stream = tokio_stream::once(ChatRequest { event: None });
    let mut answers = none.chat(world.as_user(anna, stream)).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap_err().code(), Code::InvalidArgument);

    // What is not taken is told, and the session goes on.
    let mut device = Device::connect(&world, &world.replicas[0], Uuid::now_v7(), "").await;
    for (request, code) in [
        (saying(&conversation.conversation_id, "hello"), Code::NotFound),
        (saying(&conversation.conversation_id, ""), Code::InvalidArgument),
    ] {
        device.say(Said::Send(request.clone())).await;
        let Event::Sent(sent) = device.next().await.unwrap() else { panic!("no answer") };
        assert_eq!(sent.request_id, request.request_id);
        assert!(matches!(sent.result, Some(Outcome::Failure(failure)) if failure.code == i32::from(code)));
    }
    let conversation_id = conversation.conversation_id.clone();
    device.say(Said::Typing(Typing { conversation_id: conversation_id.clone(), user_id: String::new() })).await;
    device.say(Said::Receipt(SetReceiptRequest { conversation_id, kind: 1, sequence: 1 })).await;
    assert!(device.is_silent().await && of_ben.is_silent().await);
    world.stop().await;
}

#[tokio::test]
async fn revoked_sessions_do_not_begin_and_without_auth_service_the_signature_counts() {
    let mut world = World::start().await;
    let (anna, session) = (Uuid::now_v7(), Uuid::now_v7());
    let token = world.tokens.user_session(anna, session);
    world.tokens.revoke(session);
    let mut refused = Device::begin(world.messaging(), &token, "").await;
    assert_eq!(refused.end().await.code(), Code::Unauthenticated);
    world.auth.take().unwrap().stop().await;
    let mut begun = Device::begin(world.messaging(), &token, "").await;
    begun.say(Said::Send(Default::default())).await;
    assert!(matches!(begun.next().await.unwrap(), Event::Sent(_)));
    world.stop().await;
}

#[tokio::test]
async fn a_slow_session_ends_and_comes_back_without_loss() {
    let world = World::start_with(1, |settings| settings.session_queue = 8).await;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let endpoint = Channel::from_shared(world.replicas[0].grpc.clone()).unwrap();
    let narrow = endpoint.initial_stream_window_size(65_535).initial_connection_window_size(65_535).connect_lazy();
    let mut slow = Device::begin(MessagingServiceClient::new(narrow), &world.tokens.user(ben), "").await;
    slow.say(Said::Send(Default::default())).await;
    assert!(matches!(slow.next().await.unwrap(), Event::Sent(_)));
    let text = "x".repeat(4000);
    let mut expected = Vec::new();
    for _ in 0..60 {
        expected.push(world.say(anna, &conversation, &text).await.message_id);
    }
    let mut seen = Vec::new();
    let status = loop {
        match slow.next().await {
            Ok(Event::Message(message)) => seen.push(message.message_id),
            Ok(other) => panic!("{other:?}"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(!seen.is_empty() && seen.len() < 60, "{}", seen.len());
    let mut again = Device::begin(world.messaging(), &world.tokens.user(ben), &slow.position).await;
    while seen.len() < expected.len() {
        seen.push(again.message().await.message_id);
    }
    assert_eq!(seen, expected);
    world.stop().await;
}

#[tokio::test]
async fn a_replica_that_stops_sends_its_sessions_to_another_one() {
    let mut world = World::start_with(2, |_| {}).await;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let mut device = Device::connect(&world, &world.replicas[1], ben, "").await;
    world.say(anna, &conversation, "one").await;
    assert_eq!(device.message().await.text, "one");
    let replica = world.replicas.pop().unwrap();
    let (ended, ()) = tokio::join!(device.end(), replica.stop());
    assert_eq!(ended.code(), Code::Unavailable);
    world.say(anna, &conversation, "two").await;
    let mut device = Device::begin(world.messaging(), &world.tokens.user(ben), &device.position).await;
    assert_eq!(device.message().await.text, "two");
    world.stop().await;
}

#[tokio::test]
async fn sessions_have_an_end_and_a_limit() {
    let world = World::start_with(1, |settings| {
        settings.session_lifetime = Duration::from_millis(1500);
        settings.max_sessions = 2;
    })
    .await;
    let mut one = Device::connect(&world, &world.replicas[0], Uuid::now_v7(), "").await;
    let mut other = Device::connect(&world, &world.replicas[0], Uuid::now_v7(), "").await;
    let mut third = Device::begin(world.messaging(), &world.tokens.user(Uuid::now_v7()), "").await;
    assert_eq!(third.end().await.code(), Code::ResourceExhausted);
    assert_eq!(one.end().await.code(), Code::Unavailable);
    assert_eq!(other.end().await.code(), Code::Unavailable);
    Device::connect(&world, &world.replicas[0], Uuid::now_v7(), "").await;
    world.stop().await;
}

//! Messages, receipts, and who may.

use social_proto::media::v1::MediaState;
use social_proto::messaging::v1::*;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{World, code, id, saying};

#[tokio::test]
async fn messages_are_numbered_without_gaps_and_sent_once() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let requests: Vec<_> =
        (0..20).map(|number| saying(&conversation.conversation_id, &format!("message {number}"))).collect();
    // Each twice, at the same time.
    let sent = requests.iter().chain(&requests).enumerate().map(|(at, request)| {
        let sender = if (at % requests.len()) % 2 == 0 { anna } else { ben };
        let mut messaging = world.messaging();
        let request = world.as_user(sender, request.clone());
        async move { messaging.send_message(request).await.unwrap().into_inner().message.unwrap() }
    });
    let sent = futures::future::join_all(sent).await;
    assert_eq!(sent[..20], sent[20..]);
    let mut sequences: Vec<_> = sent[..20].iter().map(|message| message.sequence).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=20).collect::<Vec<_>>());
    let other = SendMessageRequest { text: "another".to_owned(), ..requests[0].clone() };
    assert_eq!(code(messaging.send_message(world.as_user(anna, other)).await), Code::FailedPrecondition);

    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request =
            ListMessagesRequest { conversation_id: conversation.conversation_id.clone(), page_size: 6, page_token };
        let page = messaging.list_messages(world.as_user(ben, request)).await.unwrap().into_inner();
        listed.extend(page.messages);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed.iter().map(|message| message.sequence).collect::<Vec<_>>(), (1..=20).rev().collect::<Vec<_>>());
    assert!(listed.iter().all(|message| sent.contains(message)));
    let read = GetConversationRequest { conversation_id: conversation.conversation_id.clone() };
    let read = messaging.get_conversation(world.as_user(ben, read)).await.unwrap().into_inner().conversation.unwrap();
    assert_eq!(read.last_sequence, 20);
    world.stop().await;
}

#[tokio::test]
async fn a_message_is_deleted_by_its_sender_and_its_place_stays() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben, stranger) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let message = world.say(anna, &conversation, "what?").await;
    let conversation_id = conversation.conversation_id.clone();
    let delete =
        DeleteMessageRequest { conversation_id: conversation_id.clone(), message_id: message.message_id.clone() };
    assert_eq!(code(messaging.delete_message(world.as_user(ben, delete.clone())).await), Code::PermissionDenied);
    assert_eq!(code(messaging.delete_message(world.as_user(stranger, delete.clone())).await), Code::NotFound);
    let nothing = DeleteMessageRequest { message_id: id(), ..delete.clone() };
    assert_eq!(code(messaging.delete_message(world.as_user(anna, nothing)).await), Code::NotFound);
    let before = world.outbox().await;
    for _ in 0..2 {
        assert_eq!(code(messaging.delete_message(world.as_user(anna, delete.clone())).await), Code::Ok);
    }
    assert_eq!(world.outbox().await, before + 1, "told once");
    let list = ListMessagesRequest { conversation_id, ..Default::default() };
    let listed = messaging.list_messages(world.as_user(ben, list)).await.unwrap().into_inner().messages;
    assert_eq!(listed, [ChatMessage { text: String::new(), deleted: true, ..message }]);
    world.stop().await;
}

#[tokio::test]
async fn receipts_never_go_back() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    for number in 0..5 {
        world.say(anna, &conversation, &number.to_string()).await;
    }
    let conversation_id = conversation.conversation_id.clone();
    for (kind, sequence, expected) in [
        (ReceiptKind::Delivered, 3, (3, 0)),
        (ReceiptKind::Delivered, 2, (3, 0)),
        (ReceiptKind::Read, 4, (4, 4)),
        (ReceiptKind::Read, 1, (4, 4)),
        (ReceiptKind::Delivered, 5, (5, 4)),
    ] {
        let request = SetReceiptRequest { conversation_id: conversation_id.clone(), kind: kind.into(), sequence };
        messaging.set_receipt(world.as_user(ben, request)).await.unwrap();
        let get = GetConversationRequest { conversation_id: conversation_id.clone() };
        let read =
            messaging.get_conversation(world.as_user(anna, get)).await.unwrap().into_inner().conversation.unwrap();
        let member = read.members.iter().find(|member| member.user_id == ben.to_string()).unwrap();
        assert_eq!((member.delivered_sequence, member.read_sequence), expected, "{kind:?} {sequence}");
    }
    for sequence in [0, -1, 6, i64::MAX] {
        let request = SetReceiptRequest { conversation_id: conversation_id.clone(), kind: 2, sequence };
        assert_eq!(code(messaging.set_receipt(world.as_user(ben, request)).await), Code::InvalidArgument, "{sequence}");
    }
    world.stop().await;
}

#[tokio::test]
async fn media_are_the_senders_and_ready() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let ready = world.media.upload(anna, MediaState::Ready);
    let send = |media_id: &str| SendMessageRequest {
        media_ids: vec![media_id.to_owned()],
        ..saying(&conversation.conversation_id, "")
    };
    for (media_id, expected) in [
        (world.media.upload(anna, MediaState::Processing), Code::FailedPrecondition),
        (world.media.upload(anna, MediaState::Failed), Code::FailedPrecondition),
        (world.media.upload(ben, MediaState::Ready), Code::InvalidArgument),
        (id(), Code::InvalidArgument),
    ] {
        assert_eq!(code(messaging.send_message(world.as_user(anna, send(&media_id))).await), expected);
    }
    let request = send(&ready);
    let sent = messaging.send_message(world.as_user(anna, request.clone())).await.unwrap().into_inner();
    assert_eq!(sent.message.as_ref().unwrap().media_ids, std::slice::from_ref(&ready));
    world.media.down(true);
    assert_eq!(
        messaging.send_message(world.as_user(anna, request)).await.unwrap().into_inner(),
        sent,
        "the stored answer"
    );
    assert_eq!(code(messaging.send_message(world.as_user(anna, send(&ready))).await), Code::Unavailable);
    assert_eq!(world.say(anna, &conversation, "without media").await.sequence, 2);
    world.stop().await;
}

#[tokio::test]
async fn strangers_and_callers_without_a_user_get_nowhere() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben, stranger) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let message = world.say(anna, &conversation, "a secret").await;
    let before = world.outbox().await;
    let conversation_id = conversation.conversation_id.clone();
    for conversation_id in [conversation_id.clone(), id()] {
        macro_rules! not_found {
            ($($rpc:ident: $request:expr),* $(,)?) => {
                $(assert_eq!(code(messaging.$rpc(world.as_user(stranger, $request)).await), Code::NotFound, stringify!($rpc));)*
            };
        }
        not_found! {
            get_conversation: GetConversationRequest { conversation_id: conversation_id.clone() },
            put_member: PutMemberRequest { conversation_id: conversation_id.clone(), user_id: stranger.to_string() },
            delete_member: DeleteMemberRequest { conversation_id: conversation_id.clone(), user_id: anna.to_string() },
            send_message: saying(&conversation_id, "hello"),
            list_messages: ListMessagesRequest { conversation_id: conversation_id.clone(), ..Default::default() },
            delete_message: DeleteMessageRequest {
                conversation_id: conversation_id.clone(), message_id: message.message_id.clone()
            },
            set_receipt: SetReceiptRequest { conversation_id: conversation_id.clone(), kind: 1, sequence: 1 },
        }
    }
    let get = GetConversationRequest { conversation_id: conversation_id.clone() };
    let with = |token: String| {
        let mut request = Request::new(get.clone());
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    };
    assert_eq!(code(messaging.get_conversation(get.clone()).await), Code::Unauthenticated);
    assert_eq!(code(messaging.get_conversation(with(world.tokens.expired(anna))).await), Code::Unauthenticated);
    assert_eq!(
        code(messaging.get_conversation(with(world.tokens.service("feed-service"))).await),
        Code::PermissionDenied
    );
    assert_eq!(world.outbox().await, before, "nothing has changed");
    world.stop().await;
}

#[tokio::test]
async fn what_is_malformed_is_refused() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let before = world.outbox().await;
    let right = saying(&conversation.conversation_id, "text");
    for wrong in [
        SendMessageRequest { request_id: String::new(), ..right.clone() },
        SendMessageRequest { conversation_id: "x".to_owned(), ..right.clone() },
        SendMessageRequest { text: String::new(), ..right.clone() },
        SendMessageRequest { text: " \n".to_owned(), ..right.clone() },
        SendMessageRequest { text: "\0".to_owned(), ..right.clone() },
        SendMessageRequest { text: "ä".repeat(4001), ..right.clone() },
        SendMessageRequest { media_ids: vec![id(); 11], ..right.clone() },
        SendMessageRequest { media_ids: vec!["x".to_owned()], ..right.clone() },
    ] {
        assert_eq!(
            code(messaging.send_message(world.as_user(anna, wrong.clone())).await),
            Code::InvalidArgument,
            "{wrong:?}"
        );
    }
    let huge = SendMessageRequest { text: "x".repeat(70_000), ..right };
    assert_eq!(code(messaging.send_message(world.as_user(anna, huge)).await), Code::OutOfRange);

    let right = CreateConversationRequest { request_id: id(), member_ids: vec![id(), id()], title: "title".to_owned() };
    for wrong in [
        CreateConversationRequest { request_id: "1".to_owned(), ..right.clone() },
        CreateConversationRequest { member_ids: Vec::new(), ..right.clone() },
        CreateConversationRequest { member_ids: vec![id()], ..right.clone() },
        CreateConversationRequest { member_ids: vec![id(), anna.to_string()], ..right.clone() },
        CreateConversationRequest { member_ids: (0..100).map(|_| id()).collect(), ..right.clone() },
        CreateConversationRequest { title: "x".repeat(101), ..right.clone() },
        CreateConversationRequest { title: "two\nlines".to_owned(), ..right.clone() },
    ] {
        assert_eq!(code(messaging.create_conversation(world.as_user(anna, wrong)).await), Code::InvalidArgument);
    }
    for page_size in [-1, 101] {
        let request = ListConversationsRequest { page_size, page_token: String::new() };
        assert_eq!(code(messaging.list_conversations(world.as_user(anna, request)).await), Code::InvalidArgument);
    }
    assert_eq!(world.outbox().await, before, "nothing has changed");
    assert_eq!(world.users.calls(), 1);
    world.stop().await;
}

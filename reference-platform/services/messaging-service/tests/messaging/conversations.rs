//! Conversations and their members.

use social_proto::messaging::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, beginning, code, id};

fn members(conversation: &Conversation) -> Vec<String> {
    conversation.members.iter().map(|member| member.user_id.clone()).collect()
}

fn sorted(users: &[Uuid]) -> Vec<String> {
    let mut users: Vec<String> = users.iter().map(Uuid::to_string).collect();
    users.sort();
    users
}

#[tokio::test]
async fn two_have_one_conversation_whoever_begins_it_however_often() {
    let started = World::start().await;
    let world = &started;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let attempts = (0..8).map(|number| async move {
        let (creator, other) = if number % 2 == 0 { (anna, ben) } else { (ben, anna) };
        world.begin(creator, &[other]).await
    });
    let begun = futures::future::join_all(attempts).await;
    assert!(begun.iter().all(|conversation| conversation.conversation_id == begun[0].conversation_id));
    assert_eq!(members(&begun[0]), sorted(&[anna, ben]));
    let joined: i64 =
        sqlx::query_scalar("SELECT event_sequence FROM conversations").fetch_one(world.database.pool()).await.unwrap();
    assert_eq!((joined, world.outbox().await), (2, 2), "both joined once");

    // It is there without user-service, and in spite of a block.
    world.users.block(anna, ben);
    world.users.down(true);
    assert_eq!(world.begin(ben, &[anna]).await.conversation_id, begun[0].conversation_id);
    started.stop().await;
}

#[tokio::test]
async fn the_same_request_gives_the_same_conversation() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben, cleo) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let request = beginning(&[ben, cleo], "Holidays");
    let first = messaging.create_conversation(world.as_user(anna, request.clone())).await.unwrap().into_inner();
    world.users.down(true);
    let again = messaging.create_conversation(world.as_user(anna, request.clone())).await.unwrap().into_inner();
    assert_eq!(first, again);
    let conversation = first.conversation.unwrap();
    assert_eq!((conversation.title.as_str(), members(&conversation)), ("Holidays", sorted(&[anna, ben, cleo])));
    let other = CreateConversationRequest { title: "Work".to_owned(), ..request };
    assert_eq!(code(messaging.create_conversation(world.as_user(anna, other)).await), Code::FailedPrecondition);
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM conversations").fetch_one(world.database.pool()).await.unwrap();
    assert_eq!(count, 1);
    world.stop().await;
}

#[tokio::test]
async fn nobody_is_written_to_against_their_settings_or_a_block() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let [anna, ben, cleo, dora, nobody] = [(); 5].map(|()| Uuid::now_v7());
    world.users.refuse(ben, anna);
    world.users.block(cleo, anna);
    world.users.forget(nobody);
    for (others, expected) in [
        (vec![ben], Code::PermissionDenied),
        (vec![cleo], Code::PermissionDenied),
        (vec![dora, ben], Code::PermissionDenied),
        (vec![nobody], Code::NotFound),
    ] {
        let request = world.as_user(anna, beginning(&others, ""));
        assert_eq!(code(messaging.create_conversation(request).await), expected, "{others:?}");
    }
    let group = world.begin(anna, &[dora, Uuid::now_v7()]).await;
    let put =
        |user: Uuid| PutMemberRequest { conversation_id: group.conversation_id.clone(), user_id: user.to_string() };
    assert_eq!(code(messaging.put_member(world.as_user(anna, put(ben))).await), Code::PermissionDenied);
    assert_eq!(code(messaging.put_member(world.as_user(dora, put(ben))).await), Code::Ok);

    world.users.down(true);
    assert_eq!(
        code(messaging.create_conversation(world.as_user(anna, beginning(&[Uuid::now_v7()], ""))).await),
        Code::Unavailable
    );
    assert_eq!(code(messaging.put_member(world.as_user(anna, put(Uuid::now_v7()))).await), Code::Unavailable);
    assert_eq!(code(messaging.put_member(world.as_user(anna, put(ben))).await), Code::Ok, "is a member already");
    world.say(anna, &group, "those that there are go on").await;
    world.stop().await;
}

#[tokio::test]
async fn a_hundred_members_are_asked_for_a_few_at_a_time() {
    let world = World::start().await;
    let anna = Uuid::now_v7();
    let others: Vec<Uuid> = (0..99).map(|_| Uuid::now_v7()).collect();
    let conversation = world.begin(anna, &others).await;
    assert_eq!(conversation.members.len(), 100);
    assert_eq!(world.users.calls(), 99);
    assert!((2..=8).contains(&world.users.most_at_once()), "{}", world.users.most_at_once());
    let put = PutMemberRequest { conversation_id: conversation.conversation_id.clone(), user_id: id() };
    assert_eq!(code(world.messaging().put_member(world.as_user(anna, put)).await), Code::FailedPrecondition, "full");
    assert_eq!(world.say(others[7], &conversation, "hello to all").await.sequence, 1);
    let entries: i64 =
        sqlx::query_scalar("SELECT count(*) FROM inbox_entries").fetch_one(world.database.pool()).await.unwrap();
    assert_eq!(entries, 100);
    world.stop().await;
}

#[tokio::test]
async fn members_come_and_go_and_see_what_is_said_meanwhile() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let [anna, ben, cleo, stranger] = [(); 4].map(|()| Uuid::now_v7());
    let group = world.begin(anna, &[ben, Uuid::now_v7()]).await;
    let conversation_id = group.conversation_id.clone();
    world.say(anna, &group, "before").await;
    let put = PutMemberRequest { conversation_id: conversation_id.clone(), user_id: cleo.to_string() };
    for _ in 0..2 {
        let put = messaging.put_member(world.as_user(ben, put.clone())).await.unwrap().into_inner();
        assert_eq!(put.conversation.unwrap().members.len(), 4);
    }
    world.say(anna, &group, "after").await;
    let list = ListMessagesRequest { conversation_id: conversation_id.clone(), ..Default::default() };
    let seen = messaging.list_messages(world.as_user(cleo, list.clone())).await.unwrap().into_inner().messages;
    assert_eq!(
        seen.iter().map(|message| (message.sequence, message.text.as_str())).collect::<Vec<_>>(),
        [(2, "after")]
    );

    let remove =
        |user: Uuid| DeleteMemberRequest { conversation_id: conversation_id.clone(), user_id: user.to_string() };
    assert_eq!(
        code(messaging.delete_member(world.as_user(ben, remove(cleo))).await),
        Code::PermissionDenied,
        "not the creator"
    );
    assert_eq!(code(messaging.delete_member(world.as_user(stranger, remove(cleo))).await), Code::NotFound);
    let before = world.outbox().await;
    assert_eq!(
        code(messaging.delete_member(world.as_user(stranger, remove(stranger))).await),
        Code::Ok,
        "nothing is there to end"
    );
    assert_eq!(world.outbox().await, before);
    for _ in 0..2 {
        assert_eq!(code(messaging.delete_member(world.as_user(anna, remove(cleo))).await), Code::Ok);
        assert_eq!(code(messaging.delete_member(world.as_user(ben, remove(ben))).await), Code::Ok);
    }
    assert_eq!(world.outbox().await, before + 2);
    for gone in [ben, cleo] {
        assert_eq!(code(messaging.list_messages(world.as_user(gone, list.clone())).await), Code::NotFound);
        let listed = messaging.list_conversations(world.as_user(gone, Default::default())).await.unwrap().into_inner();
        assert_eq!(listed.conversations, []);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_conversation_of_two_stays_one_and_ends_with_its_members() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let old = world.begin(anna, &[ben]).await;
    world.say(anna, &old, "hello").await;
    let put = PutMemberRequest { conversation_id: old.conversation_id.clone(), user_id: id() };
    assert_eq!(code(messaging.put_member(world.as_user(anna, put)).await), Code::FailedPrecondition);
    let remove =
        |user: Uuid| DeleteMemberRequest { conversation_id: old.conversation_id.clone(), user_id: user.to_string() };
    assert_eq!(code(messaging.delete_member(world.as_user(anna, remove(ben))).await), Code::FailedPrecondition);
    messaging.delete_member(world.as_user(anna, remove(anna))).await.unwrap();
    let new = world.begin(ben, &[anna]).await;
    assert_ne!(new.conversation_id, old.conversation_id, "who has left begins anew");
    assert_eq!(world.say(ben, &old, "for nobody").await.sequence, 2);

    messaging.delete_member(world.as_user(ben, remove(ben))).await.unwrap();
    social_testing::eventually(std::time::Duration::from_secs(5), || async {
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM messages").fetch_one(world.database.pool()).await?;
        let conversations: i64 =
            sqlx::query_scalar("SELECT count(*) FROM conversations").fetch_one(world.database.pool()).await?;
        anyhow::ensure!((left, conversations) == (0, 1), "{left} messages, {conversations} conversations");
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
}

#[tokio::test]
async fn conversations_are_listed_by_their_latest_message() {
    let world = World::start().await;
    let mut messaging = world.messaging();
    let anna = Uuid::now_v7();
    let mut begun = Vec::new();
    for _ in 0..7 {
        begun.push(world.begin(anna, &[Uuid::now_v7()]).await);
    }
    world.say(anna, &begun[2], "the latest but one").await;
    world.say(anna, &begun[4], "the latest").await;
    let expected: Vec<_> =
        [4, 2, 6, 5, 3, 1, 0].iter().map(|number: &usize| begun[*number].conversation_id.clone()).collect();
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListConversationsRequest { page_size: 3, page_token };
        let page = messaging.list_conversations(world.as_user(anna, request)).await.unwrap().into_inner();
        assert!(page.conversations.iter().all(|conversation| conversation.members.len() == 2));
        listed.extend(page.conversations.into_iter().map(|conversation| conversation.conversation_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let of_another = ListConversationsRequest { page_size: 3, page_token: page_token.clone() };
        let refused = messaging.list_conversations(world.as_user(Uuid::now_v7(), of_another)).await;
        assert_eq!(code(refused), Code::InvalidArgument);
    }
    assert_eq!(listed, expected);
    world.stop().await;
}

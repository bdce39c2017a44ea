//! Events become notifications: of the right kind, for the right ones, once.

use social_events::topics;
use social_proto::notification::v1::*;
use social_proto::user::v1::{GraphChange, GraphEvent};
use social_testing::eventually;
use uuid::Uuid;

use crate::world::{SOON, World, comment, edge, live, media, message, reaction};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_tells_those_whom_it_concerns() {
    let world = World::start().await;
    let [ada, bob, eve] = [(); 3].map(|()| Uuid::now_v7());
    world.users.name(bob, "Bob\n{{title}}");
    let post = Uuid::now_v7();

    let followed = edge(bob, ada, GraphChange::Followed);
    world.publish(&[followed.clone(), followed]).await;
    world.told(ada, 1).await;
    let commented = comment(ada, bob);
    world.publish(&[commented.clone(), comment(ada, ada), reaction(post, ada, bob, 1), commented]).await;
    world.told(ada, 3).await;
    world.publish(&[reaction(post, ada, bob, 2), reaction(post, ada, ada, 2)]).await;
    world.publish(&[message(bob, &[ada, eve])]).await;
    world.told(ada, 4).await;
    world.publish(&[media(ada, None), media(ada, Some("It is\0 no image."))]).await;
    let list = world.told(ada, 6).await;
    world.publish(&[live(ada, "Ada paints")]).await;

    let texts: Vec<(NotificationKind, &str, &str)> =
        list.iter().map(|one| (one.kind(), one.title.as_str(), one.body.as_str())).collect();
    let expected = [
        (NotificationKind::Media, "Your upload", "It is no image."),
        (NotificationKind::Media, "Your upload", "It is ready."),
        (NotificationKind::Message, "New message", "Bob {{title}} wrote to you."),
        (NotificationKind::Reacted, "New reaction", "Bob {{title}} reacted to your post."),
        (NotificationKind::Commented, "New comment", "Bob {{title}} commented on your post."),
        (NotificationKind::Followed, "New follower", "Bob {{title}} follows you."),
    ];
    assert_eq!(texts, expected);
    assert!(list.iter().all(|one| !one.read && one.create_time.is_some()));
    assert_eq!((&list[3].actor_id, &list[3].subject_id), (&bob.to_string(), &post.to_string()));
    assert_eq!((list[0].actor_id.as_str(), list[5].subject_id.as_str()), ("", ""));
    assert_eq!(world.unread(ada).await, 6);

    // Followers hear of a live stream; whoever has no profile has no name in it.
    let told = world.told(bob, 1).await;
    assert_eq!((told[0].title.as_str(), told[0].body.as_str()), ("Somebody you follow is live", "Ada paints"));
    assert_eq!(told[0].kind(), NotificationKind::Live);
    assert_eq!(world.list(eve).await.len(), 1, "the message");
    // Neither the reaction that became another one nor what came twice was told again.
    assert_eq!(world.list(ada).await.len(), 6);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_is_told_again_after_the_window_only() {
    let world = World::start_with(|settings| settings.dedupe_window = std::time::Duration::from_secs(2)).await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let post = Uuid::now_v7();
    world.publish(&[reaction(post, ada, bob, 1), reaction(post, ada, bob, 2), reaction(post, ada, bob, 3)]).await;
    world.publish(&[edge(bob, ada, GraphChange::Followed), edge(bob, ada, GraphChange::Followed)]).await;
    world.told(ada, 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    world.publish(&[reaction(post, ada, bob, 4), reaction(post, ada, bob, 5)]).await;
    world.told(ada, 3).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_stream_reaches_all_followers_and_nobody_else() {
    let world = World::start().await;
    let [owner, first, fickle, blocked, late] = [(); 5].map(|()| Uuid::now_v7());
    // More than two steps.
    sqlx::query(
        "INSERT INTO followers (followee_id, follower_id, follows, change_time)
         SELECT $1, gen_random_uuid(), true, now() FROM generate_series(1, 1100)",
    )
    .bind(owner)
    .execute(world.database.pool())
    .await
    .unwrap();
    // What two users do can come in the wrong order.
    let early = edge(late, owner, GraphChange::Followed);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let block = edge(owner, late, GraphChange::Blocked);
    let followed = |who| edge(who, owner, GraphChange::Followed);
    let edges: Vec<GraphEvent> = vec![
        followed(first),
        followed(fickle),
        followed(blocked),
        edge(fickle, owner, GraphChange::Unfollowed),
        edge(blocked, owner, GraphChange::Blocked),
        block,
        early,
    ];
    world.publish(&edges).await;
    eventually(SOON, || async {
        let edges = world.count("SELECT count(*) FROM applied_events").await;
        anyhow::ensure!(edges == 7, "{edges}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(world.device(first, PushProvider::Fcm).await.len(), 42);

    let stream = live(owner, "");
    world.publish(&[stream.clone(), stream]).await;
    let told = world.told(first, 1).await;
    assert_eq!(told[0].body, "A live stream has begun.");
    eventually(SOON, || async {
        let told = world.count("SELECT count(*) FROM notifications WHERE kind = 6").await;
        anyhow::ensure!(told == 1101, "{told}");
        anyhow::ensure!(world.count("SELECT count(*) FROM fanouts").await == 0);
        anyhow::ensure!(world.fcm.seen().len() == 1);
        Ok(())
    })
    .await
    .unwrap();
    for other in [fickle, blocked, late] {
        assert_eq!(world.list(other).await.len(), 0);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_of_those_whom_they_block() {
    let world = World::start().await;
    let [ada, troll, bob] = [(); 3].map(|()| Uuid::now_v7());
    world.publish(&[edge(ada, troll, GraphChange::Blocked)]).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM blocks").await == 1);
        Ok(())
    })
    .await
    .unwrap();
    world.publish(&[comment(ada, troll), comment(ada, bob)]).await;
    assert_eq!(world.told(ada, 1).await[0].actor_id, bob.to_string());
    world.publish(&[edge(ada, troll, GraphChange::Unblocked)]).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM blocks WHERE blocks").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    world.publish(&[comment(ada, troll)]).await;
    assert_eq!(world.told(ada, 2).await[0].actor_id, troll.to_string());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_becomes_a_dead_letter_and_holds_up_nothing() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    world.publish_raw(topics::CONTENT_EVENTS, None, b"no message").await;
    world.publish_raw(topics::GRAPH_EVENTS, Some(&Uuid::now_v7().to_string()), b"").await;
    let mut strange = comment(ada, bob);
    strange.post_id = "none".to_owned();
    world.publish(&[strange, comment(ada, bob)]).await;
    world.told(ada, 1).await;
    let entries = eventually(SOON, || async {
        let entries = world.dead_letters().await;
        anyhow::ensure!(entries.len() == 3, "{entries:?}");
        let told = world.events::<DeadLetter>().await;
        anyhow::ensure!(told.len() == 3, "{told:?}");
        Ok((entries, told))
    });
    let (entries, told) = entries.await.unwrap();
    assert!(told.iter().all(|one| one.cause() == DeadLetterCause::Unreadable && one.attempt_count == 1));
    let garbage = told.iter().find(|one| one.value == b"no message").unwrap();
    assert_eq!((garbage.key.as_slice(), garbage.source_topic.as_str()), (b"key".as_slice(), topics::CONTENT_EVENTS));
    assert_eq!((garbage.source_partition, garbage.source_offset), (0, 0));
    let entry = entries.iter().find(|one| one.dead_letter_id == garbage.dead_letter_id).unwrap();
    assert_eq!((entry.source_topic.as_str(), entry.attempt_count), (topics::CONTENT_EVENTS, 1));
    assert!(entries.iter().any(|one| one.reason == "post_id is not a UUID"));

    // It is still what it was.
    assert!(!world.redeliver(&garbage.dead_letter_id).await.unwrap());
    let entry =
        world.dead_letters().await.into_iter().find(|one| one.dead_letter_id == garbage.dead_letter_id).unwrap();
    assert_eq!(entry.attempt_count, 2);
    // A newer version can read it.
    let readable = prost::Message::encode_to_vec(&comment(ada, bob));
    sqlx::query("UPDATE dead_letters SET value = $1 WHERE dead_letter_id = $2::uuid")
        .bind(readable)
        .bind(&garbage.dead_letter_id)
        .execute(world.database.pool())
        .await
        .unwrap();
    for _ in 0..2 {
        assert!(world.redeliver(&garbage.dead_letter_id).await.unwrap());
    }
    world.told(ada, 2).await;
    assert_eq!(world.dead_letters().await.len(), 2);
    world.stop().await;
}

//! Lists, counts and reading.

use social_proto::notification::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, code, message};

async fn page(world: &World, user: Uuid, unread_only: bool, page_token: String) -> ListNotificationsResponse {
    let request = ListNotificationsRequest { unread_only, page_size: 2, page_token };
    world.client.clone().list_notifications(world.as_user(user, request)).await.unwrap().into_inner()
}

async fn pages(world: &World, user: Uuid, unread_only: bool) -> Vec<String> {
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let page = page(world, user, unread_only, token).await;
        assert!(page.notifications.len() <= 2);
        ids.extend(page.notifications.into_iter().map(|one| one.notification_id));
        token = page.next_page_token;
        if token.is_empty() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_end_and_reading_reaches_back() {
    let world = World::start().await;
    let [ada, bob, eve] = [(); 3].map(|()| Uuid::now_v7());
    let messages: Vec<_> = (0..5).map(|_| message(bob, &[ada, eve])).collect();
    world.publish(&messages).await;
    let all: Vec<String> = world.told(ada, 5).await.into_iter().map(|one| one.notification_id).collect();
    world.told(eve, 5).await;
    assert_eq!(pages(&world, ada, false).await, all);
    assert_eq!(world.unread(ada).await, 5);

    let read = async |user, id: &str| {
        let request = SetReadRequest { notification_id: id.to_owned() };
        world.client.clone().set_read(world.as_user(user, request)).await.map(|answer| answer.into_inner().unread_count)
    };
    for _ in 0..2 {
        assert_eq!(read(ada, &all[2]).await.unwrap(), 2);
        assert_eq!(world.unread(ada).await, 2);
    }
    assert_eq!(pages(&world, ada, true).await, all[..2]);
    let flags: Vec<bool> = world.list(ada).await.iter().map(|one| one.read).collect();
    assert_eq!(flags, [false, false, true, true, true]);
    // Another one's, and none.
    assert_eq!(code(read(eve, &all[0]).await), Code::NotFound);
    assert_eq!(code(read(ada, &Uuid::now_v7().to_string()).await), Code::NotFound);
    assert_eq!((world.unread(ada).await, world.unread(eve).await), (2, 5));

    // A token belongs to its list.
    let token = page(&world, ada, false, String::new()).await.next_page_token;
    for (user, unread_only) in [(eve, false), (ada, true)] {
        let request = ListNotificationsRequest { unread_only, page_size: 2, page_token: token.clone() };
        let answer = world.client.clone().list_notifications(world.as_user(user, request)).await;
        assert_eq!(code(answer), Code::InvalidArgument);
    }

    // What comes is counted at once.
    world.publish(&[message(bob, &[ada])]).await;
    world.told(ada, 6).await;
    social_testing::eventually(crate::world::SOON, || async {
        anyhow::ensure!(world.unread(ada).await == 3);
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_long_enough_goes() {
    let world = World::start_with(|settings| settings.purge_interval = std::time::Duration::from_millis(100)).await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    world.publish(&[message(bob, &[ada]), message(bob, &[ada])]).await;
    let list = world.told(ada, 2).await;
    sqlx::query("UPDATE notifications SET create_time = now() - interval '91 days' WHERE notification_id = $1::uuid")
        .bind(&list[0].notification_id)
        .execute(world.database.pool())
        .await
        .unwrap();
    sqlx::query("UPDATE told SET expire_time = now() - interval '1 second'")
        .execute(world.database.pool())
        .await
        .unwrap();
    social_testing::eventually(crate::world::SOON, || async {
        anyhow::ensure!(world.list(ada).await.len() == 1);
        anyhow::ensure!(world.count("SELECT count(*) FROM told").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
}

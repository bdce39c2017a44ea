//! What goes on when something is away.

use social_proto::notification::v1::PushProvider;
use social_testing::{eventually, nobody};
use uuid::Uuid;

use crate::world::{SOON, World, message};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_and_user_service_can_be_away() {
    let redis = nobody().await.unwrap().replace("http", "redis");
    let world = World::start_with(|settings| settings.redis.url = redis).await;
    world.users.down(true);
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let device = world.device(ada, PushProvider::Fcm).await;
    world.publish(&[message(bob, &[ada])]).await;
    assert_eq!(world.told(ada, 1).await[0].body, "Somebody wrote to you.");
    assert_eq!(world.unread(ada).await, 1);
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen_by(&device).len() == 1);
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_provider_nothing_is_pushed() {
    let world =
        World::start_with(|settings| (settings.providers.fcm_url, settings.providers.apns_url) = (None, None)).await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    world.device(ada, PushProvider::Fcm).await;
    world.publish(&[message(bob, &[ada])]).await;
    world.told(ada, 1).await;
    assert_eq!(world.count("SELECT count(*) FROM deliveries").await, 0);
    world.stop().await;
}

//! What goes on when something is away.

use social_events::topics;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_later_does_not_hold_up_what_comes_after_it() {
    let world = World::start().await;
    let [ada, bob, eve] = [(); 3].map(|()| Uuid::now_v7());
    // Nothing can be stored for Ada, until it can.
    let refuse = format!(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON notifications FOR EACH ROW WHEN (NEW.recipient_id = '{ada}')
             EXECUTE FUNCTION refuse();"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(refuse)).execute(world.database.pool()).await.unwrap();
    let (for_ada, for_eve) = (message(bob, &[ada]), message(bob, &[eve]));
    // Of one partition, in this order.
    world.publish(&[for_ada, for_eve]).await;
    world.told(eve, 1).await;
    let retries = topics::retry(topics::MESSAGE_EVENTS, "notification-service");
    eventually(SOON, || async {
        anyhow::ensure!(world.records(&retries).await >= 1, "nothing waits in the retry topic");
        Ok(())
    })
    .await
    .unwrap();
    assert!(world.list(ada).await.is_empty());

    sqlx::raw_sql("DROP TRIGGER refuse ON notifications").execute(world.database.pool()).await.unwrap();
    world.told(ada, 1).await;
    // Once, and nothing waits any more.
    let waited = world.records(&retries).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(
        (world.records(&retries).await, world.list(ada).await.len(), world.list(eve).await.len()),
        (waited, 1, 1)
    );
    world.stop().await;
}

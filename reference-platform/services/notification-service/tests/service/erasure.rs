//! The end of an account erases what is here of it.

use social_proto::notification::v1::PushProvider;
use social_proto::user::v1::GraphChange;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::world::{SOON, World, code, comment, deleted, edge, live, message};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_an_account_stays() {
    let world = World::start().await;
    let [ada, bob, eve] = [(); 3].map(|()| Uuid::now_v7());
    world.users.name(ada, "Ada");
    world.device(ada, PushProvider::WebPush).await;
    world.prefer(ada, social_proto::notification::v1::Preferences::default()).await;
    world.publish(&[edge(ada, bob, GraphChange::Followed), edge(bob, ada, GraphChange::Followed)]).await;
    world.publish(&[edge(eve, ada, GraphChange::Blocked), edge(eve, bob, GraphChange::Followed)]).await;
    world.told(ada, 1).await;
    world.told(bob, 2).await;
    assert_eq!(world.unread(bob).await, 2);

    let end = deleted(ada);
    world.publish(&[end.clone(), end]).await;
    eventually(SOON, || async {
        let left = sqlx::query_scalar::<_, i64>(
            "SELECT (SELECT count(*) FROM notifications WHERE $1 IN (recipient_id, actor_id))
                  + (SELECT count(*) FROM followers WHERE $1 IN (followee_id, follower_id))
                  + (SELECT count(*) FROM blocks WHERE $1 IN (blocker_id, blocked_id))
                  + (SELECT count(*) FROM devices WHERE user_id = $1)
                  + (SELECT count(*) FROM preferences WHERE user_id = $1)
                  + (SELECT count(*) FROM recipients WHERE user_id = $1)
                  + (SELECT count(*) FROM told WHERE recipient_id = $1)
                  + (SELECT count(*) FROM sources WHERE key = convert_to($1::text, 'UTF8'))",
        )
        .bind(ada)
        .fetch_one(world.database.pool())
        .await?;
        anyhow::ensure!(left == 0, "{left} rows");
        anyhow::ensure!(world.unread(bob).await == 1);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(world.list(bob).await.len(), 1, "of the other one");

    // What comes late, and who is logged in still, leave nothing behind.
    assert_eq!(code(world.put_device(ada, Uuid::new_v4(), PushProvider::Fcm, "late").await), Code::NotFound);
    world.publish(&[comment(ada, bob), comment(bob, ada)]).await;
    world.publish(&[edge(ada, bob, GraphChange::Followed)]).await;
    world.publish(&[message(bob, &[ada, eve])]).await;
    world.publish(&[live(ada, "gone")]).await;
    world.told(eve, 1).await;
    eventually(SOON, || async {
        let applied = world.count("SELECT count(*) FROM applied_events").await;
        anyhow::ensure!(applied == 10, "{applied}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!((world.list(bob).await.len(), world.list(ada).await.len()), (1, 0));
    assert_eq!(world.count("SELECT count(*) FROM followers WHERE follows").await, 1);
    world.stop().await;
}

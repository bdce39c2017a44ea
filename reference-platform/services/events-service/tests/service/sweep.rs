//! What must not stay.

use social_proto::auth::v1::{AccountDeleted, AccountEvent, account_event};
use social_proto::events::v1::ProductMetric;
use social_testing::eventually;
use uuid::Uuid;

use crate::queries::registered;
use crate::world::{SOON, World, now, watched, window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_months_go_and_users_who_are_gone_are_erased() {
    let world = World::start().await;
    let [ada, bob] = [Uuid::now_v7(), Uuid::now_v7()];
    let begin = now() - 60;
    world.ingest(Some(ada), &[vec![watched(1, "60")]]).await.unwrap();
    world.ingest(Some(bob), &[vec![watched(1, "60")]]).await.unwrap();
    let deleted = AccountEvent {
        event: Some(account_event::Event::Deleted(AccountDeleted {})),
        sequence: 2,
        ..registered(ada, begin)
    };
    let deleted = AccountEvent { event_id: Uuid::now_v7().to_string(), ..deleted };
    world.publish(&[registered(ada, begin), registered(bob, begin), deleted]).await;
    world
        .sql("INSERT INTO domain_events SELECT toUUID('00000000-0000-4000-8000-000000000001'), 'old', '', '', 1000000")
        .await;
    eventually(SOON, || async {
        let rows = world.sql("SELECT count() FROM domain_events").await;
        anyhow::ensure!(rows == "4", "{rows} rows");
        let users = world.metric(ProductMetric::ActiveUsers, window(begin, 120, 1)).await?;
        anyhow::ensure!(users == [2.0], "{users:?}");
        let minutes = world.metric(ProductMetric::MinutesWatched, window(begin, 120, 1)).await?;
        anyhow::ensure!(minutes == [2.0], "{minutes:?}");
        Ok(())
    })
    .await
    .unwrap();

    events_service::sweep(&world.settings.clickhouse, 13).await.unwrap();
    eventually(SOON, || async {
        let users = world.metric(ProductMetric::ActiveUsers, window(begin, 120, 1)).await?;
        anyhow::ensure!(users == [1.0], "{users:?}");
        let left = format!("SELECT count() FROM domain_events WHERE user_id = '{ada}' OR kind = 'old'");
        let left = world.sql(&left).await;
        anyhow::ensure!(left == "0", "{left} rows are left");
        let left = world.sql(&format!("SELECT kind FROM domain_events WHERE subject_id = '{ada}'")).await;
        anyhow::ensure!(left == "account_deleted", "{left} are left");
        Ok(())
    })
    .await
    .unwrap();
    // The number of registrations stays; so does the other user.
    let registrations = world.metric(ProductMetric::Registrations, window(begin, 120, 1)).await.unwrap();
    assert_eq!(registrations, [2.0]);
    assert_eq!(world.metric(ProductMetric::MinutesWatched, window(begin, 120, 1)).await.unwrap(), [1.0]);
    events_service::sweep(&world.settings.clickhouse, 13).await.unwrap();
    world.stop().await;
}

//! Who is there.

use std::time::Duration;

use social_proto::messaging::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::devices::Device;
use crate::world::{World, code, id};

async fn presences(world: &World, caller: Uuid, users: &[Uuid]) -> Vec<Presence> {
    let request = BatchGetPresenceRequest { user_ids: users.iter().map(Uuid::to_string).collect() };
    world.messaging().batch_get_presence(world.as_user(caller, request)).await.unwrap().into_inner().presences
}

#[tokio::test]
async fn partners_see_who_comes_and_goes_on_all_replicas() {
    let world = World::start_with(2, |_| {}).await;
    let (anna, ben, stranger) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    world.begin(anna, &[ben]).await;
    let mut of_anna = Device::connect(&world, &world.replicas[0], anna, "").await;
    let never = presences(&world, anna, &[ben, stranger]).await;
    assert_eq!(never, [Presence { user_id: ben.to_string(), online: false, last_seen_time: None }]);

    let one = Device::connect(&world, &world.replicas[0], ben, "").await;
    assert!(of_anna.presence(ben).await);
    let other = Device::connect(&world, &world.replicas[1], ben, "").await;
    drop(one);
    let online = presences(&world, anna, &[ben]).await;
    assert_eq!(online, [Presence { user_id: ben.to_string(), online: true, last_seen_time: None }]);
    assert_eq!(presences(&world, stranger, &[ben]).await, []);
    drop(other);
    assert!(!of_anna.presence(ben).await, "only after the last session");
    eventually(Duration::from_secs(3), || async {
        let seen = presences(&world, anna, &[ben]).await;
        anyhow::ensure!(!seen[0].online && seen[0].last_seen_time.is_some(), "{seen:?}");
        Ok(())
    })
    .await
    .unwrap();

    for user_ids in [vec![], vec!["x".to_owned()], (0..101).map(|_| id()).collect()] {
        let request = world.as_user(anna, BatchGetPresenceRequest { user_ids });
        assert_eq!(code(world.messaging().batch_get_presence(request).await), Code::InvalidArgument);
    }
    world.stop().await;
}

//! What works when something is away.

use social_proto::content::v1::Visibility;
use social_proto::feed::v1::{GetFeedStatusRequest, ListFeedRequest};
use social_proto::user::v1::GraphChange;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::world::{SOON, World, code, post_ids};

#[tokio::test]
async fn the_last_known_feed_is_given_while_a_neighbour_is_away() {
    let mut world = World::start().await;
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    world.becomes(reader, &[]).await;
    world.graph(reader, author, GraphChange::Followed).await;
    world.settled().await;
    let first = world.publish(author).await;
    world.becomes(reader, &[&first]).await;
    assert_eq!(world.feed(reader, ListFeedRequest::default()).await.stale_since, None);

    world.content_service(false).await;
    let feed = world.feed(reader, ListFeedRequest::default()).await;
    assert_eq!(post_ids(&feed), std::slice::from_ref(&first.post_id));
    let fresh_until =
        world.feeds.clone().get_feed_status(world.tokens.request_as(reader, GetFeedStatusRequest {})).await;
    assert_eq!(feed.stale_since, fresh_until.unwrap().into_inner().fresh_until);
    world.content_service(true).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.feed(reader, ListFeedRequest::default()).await.stale_since.is_none());
        Ok(())
    })
    .await
    .unwrap();

    // New posts wait for user-service, and the feed says so.
    world.user_service(false).await;
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    let second = world.publish(author).await;
    let stale = eventually(SOON, || async {
        let feed = world.feed(reader, ListFeedRequest::default()).await;
        anyhow::ensure!(feed.stale_since.is_some());
        Ok(feed)
    })
    .await
    .unwrap();
    assert_eq!(post_ids(&stale), std::slice::from_ref(&first.post_id));
    assert!(stale.stale_since.unwrap().seconds >= second.create_time.unwrap().seconds);
    // A feed that was never built cannot be now.
    let newcomer = Uuid::now_v7();
    assert!(world.feed(newcomer, ListFeedRequest::default()).await.stale_since.is_some());
    world.user_service(true).await;
    world.becomes(reader, &[&second, &first]).await;
    assert_eq!(world.feed(reader, ListFeedRequest::default()).await.stale_since, None);
    world.users.follow(newcomer, author, crate::world::now());
    world.becomes(newcomer, &[&second, &first]).await;
    world.stop().await;
}

#[tokio::test]
async fn without_redis_nothing_works() {
    let world = World::start_with(|settings| settings.redis.url = "redis://127.0.0.1:1".to_owned()).await;
    let reader = Uuid::now_v7();
    world.written(reader, Visibility::Public);
    assert_eq!(code(world.try_feed(reader, ListFeedRequest::default()).await), Code::Unavailable);
    let status = world.tokens.request_as(reader, GetFeedStatusRequest {});
    assert_eq!(code(world.feeds.clone().get_feed_status(status).await), Code::Unavailable);
    let ready = reqwest::get(format!("{}/readyz", world.admin)).await.unwrap();
    assert_eq!(ready.status(), 503);
    world.stop().await;
}

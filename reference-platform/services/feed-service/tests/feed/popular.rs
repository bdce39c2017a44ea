//! Very followed accounts.

use social_events::topics;
use social_proto::content::v1::Visibility;
use social_proto::feed::v1::{FeedReason, GetFeedStatusRequest, ListFeedRequest};
use social_proto::user::v1::GraphChange;
use uuid::Uuid;

use crate::world::{World, deleted};

#[tokio::test]
async fn their_posts_are_added_when_a_feed_is_read() {
    let world = World::start_with(|settings| settings.popular_followers = 1000).await;
    let (star, friend, reader, stranger) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    world.becomes(reader, &[]).await;
    world.becomes(stranger, &[]).await;
    // Once everybody's friend.
    world.graph(reader, star, GraphChange::Followed).await;
    world.graph(reader, friend, GraphChange::Followed).await;
    world.settled().await;
    let early = world.publish(star).await;
    world.becomes(reader, &[&early]).await;

    world.users.count(star, 1001);
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    let of_friend = world.publish(friend).await;
    let late = world.publish(star).await;
    world.becomes(reader, &[&late, &of_friend, &early]).await;
    world.becomes(stranger, &[]).await;
    let feed = world.feed(reader, ListFeedRequest::default()).await;
    let reason = |post_id: &str| feed.entries.iter().find(|entry| entry.post_id == post_id).unwrap().reason();
    assert_eq!(reason(&late.post_id), FeedReason::Popular);
    assert_eq!(reason(&early.post_id), FeedReason::Followed, "it was written when there were few");
    assert_eq!(reason(&of_friend.post_id), FeedReason::Followed);
    let status = world.feeds.clone().get_feed_status(world.tokens.request_as(reader, GetFeedStatusRequest {})).await;
    assert_eq!(status.unwrap().into_inner().entry_count, 3);

    // Somebody who comes later sees what was before, but nothing private.
    let newcomer = Uuid::now_v7();
    world.written(star, Visibility::Private);
    world.becomes(newcomer, &[]).await;
    world.graph(newcomer, star, GraphChange::Followed).await;
    world.becomes(newcomer, &[&late, &early]).await;
    let built_now = Uuid::now_v7();
    world.users.follow(built_now, star, crate::world::now());
    world.becomes(built_now, &[&late, &early]).await;

    world.posts.delete(&late.post_id);
    world.tell(topics::CONTENT_EVENTS, &deleted(&late, 2)).await;
    world.graph(newcomer, star, GraphChange::Unfollowed).await;
    world.becomes(reader, &[&of_friend, &early]).await;
    world.becomes(newcomer, &[]).await;
    world.stop().await;
}

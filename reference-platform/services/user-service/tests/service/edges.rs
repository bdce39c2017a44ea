//! Following, blocking, lists and counters.

use std::collections::HashSet;

use futures::{StreamExt, stream};
use social_proto::user::v1::*;
use social_testing::eventually;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{SOON, World, code};

async fn relationship(world: &World, request: Request<GetRelationshipRequest>) -> GetRelationshipResponse {
    world.users.clone().get_relationship(request).await.unwrap().into_inner()
}

fn pair(user_id: Uuid, other: Uuid) -> GetRelationshipRequest {
    GetRelationshipRequest { user_id: user_id.to_string(), other_user_id: other.to_string() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_hides_both_from_each_other() {
    let world = World::start().await;
    let [ada, bob, eve] = world.users("ada").await;
    for _ in 0..2 {
        world.follow(ada, bob).await.unwrap();
    }
    world.follow(bob, ada).await.unwrap();
    world.follow(eve, ada).await.unwrap();
    assert_eq!((world.counts(ada).await, world.counts(bob).await), ((2, 1), (1, 1)));
    let seen = relationship(&world, world.as_user(ada, pair(ada, bob))).await;
    let friends = GetRelationshipResponse { follows: true, followed_by: true, blocked: false, can_message: true };
    assert_eq!(seen, friends);
    assert_eq!(code(world.follow(ada, ada).await), Code::FailedPrecondition);
    assert_eq!(code(world.block(ada, ada).await), Code::FailedPrecondition);

    for _ in 0..2 {
        world.block(bob, ada).await.unwrap();
    }
    assert_eq!((world.counts(ada).await, world.counts(bob).await), ((1, 0), (0, 0)));
    assert_eq!(code(world.profile(ada, bob).await), Code::NotFound);
    assert_eq!(code(world.profile(bob, ada).await), Code::NotFound);
    assert_eq!(code(world.follow(ada, bob).await), Code::FailedPrecondition);
    assert_eq!(code(world.follow(bob, ada).await), Code::FailedPrecondition);
    let seen = relationship(&world, world.as_user(ada, pair(ada, bob))).await;
    let strangers = GetRelationshipResponse { follows: false, followed_by: false, blocked: true, can_message: false };
    assert_eq!(seen, strangers);
    assert_eq!(relationship(&world, world.as_service(pair(ada, bob))).await, strangers);
    assert_eq!(
        code(world.users.clone().get_relationship(world.as_user(eve, pair(ada, bob))).await),
        Code::PermissionDenied
    );
    assert_eq!(
        code(world.users.clone().get_relationship(world.as_service(pair(ada, Uuid::now_v7()))).await),
        Code::NotFound
    );

    // Left out of lists and batches for users, not for services.
    let request = BatchGetProfilesRequest { user_ids: [ada, bob, Uuid::now_v7()].map(|id| id.to_string()).to_vec() };
    let shown = world.users.clone().batch_get_profiles(world.as_user(ada, request.clone())).await.unwrap().into_inner();
    assert_eq!(shown.profiles.iter().map(|profile| &profile.user_id).collect::<Vec<_>>(), [&ada.to_string()]);
    let shown = world.users.clone().batch_get_profiles(world.as_service(request)).await.unwrap().into_inner();
    assert_eq!(shown.profiles.len(), 2);
    world.follow(ada, eve).await.unwrap();
    world.follow(bob, eve).await.unwrap();
    assert_eq!(world.followers(eve, 10, |request| world.as_user(ada, request)).await, [ada]);
    assert_eq!(world.followers(eve, 10, |request| world.as_user(eve, request)).await, [bob, ada]);
    assert_eq!(world.followers(eve, 1, |request| world.as_service(request)).await, [bob, ada]);
    let of_hidden = ListFollowersRequest { user_id: bob.to_string(), ..Default::default() };
    assert_eq!(code(world.users.clone().list_followers(world.as_user(ada, of_hidden.clone())).await), Code::NotFound);
    world.users.clone().list_followers(world.as_service(of_hidden)).await.unwrap();

    // Only the one who has blocked sees it, and ends it; following does not come back.
    world.block(ada, bob).await.unwrap();
    world.unblock(bob, ada).await.unwrap();
    assert_eq!(code(world.follow(bob, ada).await), Code::FailedPrecondition);
    let blocked = world.users.clone().list_blocked(world.as_user(ada, ListBlockedRequest::default())).await.unwrap();
    assert_eq!(blocked.into_inner().blocked[0].user_id, bob.to_string());
    for _ in 0..2 {
        world.unblock(ada, bob).await.unwrap();
    }
    let blocked = world.users.clone().list_blocked(world.as_user(ada, ListBlockedRequest::default())).await.unwrap();
    assert_eq!(blocked.into_inner(), ListBlockedResponse::default());
    assert_eq!(world.counts(bob).await, (0, 1));
    world.follow(bob, ada).await.unwrap();
    for _ in 0..2 {
        world.unfollow(bob, ada).await.unwrap();
    }

    // What both did to each other was told in order, once.
    let told = eventually(SOON, || async {
        let mut events = world.events::<GraphEvent>().await;
        events.retain(|event| event.from_user_id == bob.to_string() && event.to_user_id == ada.to_string());
        let changes: Vec<GraphChange> = events.iter().map(GraphEvent::change).collect();
        anyhow::ensure!(changes.last() == Some(&GraphChange::Unfollowed), "{changes:?}");
        Ok(changes)
    })
    .await
    .unwrap();
    use GraphChange::{Blocked, Followed, Unblocked, Unfollowed};
    assert_eq!(told, [Followed, Blocked, Unblocked, Followed, Unfollowed]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_write_follows_from_settings() {
    let world = World::start().await;
    let [ada, bob] = world.users("ada").await;
    for (policy, stranger, followed) in [
        (MessagePolicy::Everyone, true, true),
        (MessagePolicy::Followed, false, true),
        (MessagePolicy::Nobody, false, false),
    ] {
        let settings = Some(Settings { message_policy: policy.into(), ..Settings::default() });
        let update_mask = Some(prost_types::FieldMask { paths: vec!["message_policy".to_owned()] });
        let request = UpdateSettingsRequest { settings, update_mask };
        world.users.clone().update_settings(world.as_user(bob, request)).await.unwrap();
        world.unfollow(bob, ada).await.unwrap();
        assert_eq!(relationship(&world, world.as_user(ada, pair(ada, bob))).await.can_message, stranger, "{policy:?}");
        world.follow(bob, ada).await.unwrap();
        assert_eq!(relationship(&world, world.as_user(ada, pair(ada, bob))).await.can_message, followed, "{policy:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_and_pages_are_right_after_a_crowd() {
    let world = World::start().await;
    let crowd: [Uuid; 40] = world.users("crowd").await;
    let star = crowd[0];
    // Many at once: everybody follows the star twice, neighbours follow and unfollow each other both ways, some block.
    let everybody = crowd.iter().enumerate().skip(1).map(|(index, user)| {
        let (world, neighbour) = (&world, crowd[if index + 1 < crowd.len() { index + 1 } else { 1 }]);
        async move {
            let (one, other, back) =
                tokio::join!(world.follow(*user, star), world.follow(*user, star), world.follow(neighbour, *user));
            assert_eq!([code(one), code(other), code(back)], [Code::Ok; 3]);
            if index % 4 == 0 {
                let (blocked, followed) = tokio::join!(world.block(*user, neighbour), world.follow(*user, neighbour));
                blocked.unwrap();
                assert!(matches!(code(followed), Code::Ok | Code::FailedPrecondition));
            }
        }
    });
    stream::iter(everybody).for_each_concurrent(5, |one| one).await;

    assert_eq!(world.counts(star).await, (39, 0));
    let wrong = sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM counters c
         WHERE c.follower_count <> (SELECT count(*) FROM follows WHERE followee_id = c.user_id)
            OR c.following_count <> (SELECT count(*) FROM follows WHERE follower_id = c.user_id)",
    );
    assert_eq!(wrong.fetch_one(world.database.pool()).await.unwrap(), 0);
    let crossed = sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM blocks b JOIN follows f
         ON (f.follower_id, f.followee_id) IN ((b.blocker_id, b.blocked_id), (b.blocked_id, b.blocker_id))",
    );
    assert_eq!(crossed.fetch_one(world.database.pool()).await.unwrap(), 0);

    for page_size in [1, 7, 39, 100] {
        let found = world.followers(star, page_size, |request| world.as_service(request)).await;
        assert_eq!(found.len(), 39, "in pages of {page_size}");
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), 39);
    }
    let request = ListFollowersRequest { user_id: star.to_string(), page_size: 5, page_token: String::new() };
    let page = world.users.clone().list_followers(world.as_user(star, request)).await.unwrap().into_inner();
    let times: Vec<_> = page.followers.iter().map(|entry| entry.since.unwrap()).collect();
    assert!(times.is_sorted_by_key(|time| std::cmp::Reverse((time.seconds, time.nanos))), "{times:?}");

    // A token is good for its list only.
    let elsewhere =
        ListFollowingRequest { user_id: star.to_string(), page_size: 5, page_token: page.next_page_token.clone() };
    assert_eq!(code(world.users.clone().list_following(world.as_user(star, elsewhere)).await), Code::InvalidArgument);
    let of_another =
        ListFollowersRequest { user_id: crowd[1].to_string(), page_size: 5, page_token: page.next_page_token };
    assert_eq!(code(world.users.clone().list_followers(world.as_user(star, of_another)).await), Code::InvalidArgument);
    world.stop().await;
}

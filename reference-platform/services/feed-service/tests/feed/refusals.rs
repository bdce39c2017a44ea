//! Who may not, and what is wrong.

use social_proto::feed::v1::*;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{World, code};

#[tokio::test]
async fn who_is_not_allowed_is_refused() {
    let world = World::start().await;
    let mut feeds = world.feeds.clone();
    let user = Uuid::now_v7();
    let rebuild = || RebuildFeedRequest { user_id: user.to_string() };
    assert_eq!(code(feeds.list_feed(Request::new(ListFeedRequest::default())).await), Code::Unauthenticated);
    assert_eq!(code(feeds.get_feed_status(Request::new(GetFeedStatusRequest {})).await), Code::Unauthenticated);
    assert_eq!(code(feeds.rebuild_feed(Request::new(rebuild())).await), Code::Unauthenticated);
    let expired = world.tokens.expired(user);
    assert_eq!(
        code(feeds.list_feed(world.with_token(&expired, ListFeedRequest::default())).await),
        Code::Unauthenticated
    );
    // Feeds are of users, rebuilds are for operators.
    for token in [world.tokens.service("search-service"), world.tokens.operator()] {
        assert_eq!(
            code(feeds.list_feed(world.with_token(&token, ListFeedRequest::default())).await),
            Code::PermissionDenied
        );
        let status = world.with_token(&token, GetFeedStatusRequest {});
        assert_eq!(code(feeds.get_feed_status(status).await), Code::PermissionDenied);
    }
    for token in [world.tokens.service("search-service"), world.tokens.user(user)] {
        assert_eq!(code(feeds.rebuild_feed(world.with_token(&token, rebuild())).await), Code::PermissionDenied);
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let world = World::start().await;
    let reader = Uuid::now_v7();
    for (order, page_size) in [(3, 0), (-1, 0), (0, 101), (0, -1)] {
        let request = ListFeedRequest { order, page_size, page_token: String::new() };
        assert_eq!(code(world.try_feed(reader, request).await), Code::InvalidArgument, "{order} {page_size}");
    }
    let operator = world.tokens.operator();
    for user_id in ["", "x"] {
        let request = RebuildFeedRequest { user_id: user_id.to_owned() };
        let outcome = world.feeds.clone().rebuild_feed(world.with_token(&operator, request)).await;
        assert_eq!(code(outcome), Code::InvalidArgument);
    }
    world.users.forget(reader);
    let request = RebuildFeedRequest { user_id: reader.to_string() };
    let outcome = world.feeds.clone().rebuild_feed(world.with_token(&operator, request)).await;
    assert_eq!(code(outcome), Code::NotFound);
    world.stop().await;
}

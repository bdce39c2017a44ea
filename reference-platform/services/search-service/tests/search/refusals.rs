//! Who may not, and what is wrong.

use social_proto::search::v1::*;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{World, code, id};

#[tokio::test]
async fn who_is_not_allowed_is_refused() {
    let world = World::start().await;
    let mut search = world.search.clone();
    let users = || SearchUsersRequest { query: "x".to_owned(), ..Default::default() };
    let posts = || SearchPostsRequest { query: "x".to_owned(), ..Default::default() };
    let tags = || SearchTagsRequest { prefix: "x".to_owned(), ..Default::default() };
    let suggest = || SuggestRequest { prefix: "x".to_owned(), limit: 0 };
    let start = || StartRebuildRequest { request_id: id() };
    let get = || GetRebuildRequest { rebuild_id: id() };
    assert_eq!(code(search.search_users(Request::new(users())).await), Code::Unauthenticated);
    assert_eq!(code(search.search_posts(Request::new(posts())).await), Code::Unauthenticated);
    assert_eq!(code(search.search_tags(Request::new(tags())).await), Code::Unauthenticated);
    assert_eq!(code(search.suggest(Request::new(suggest())).await), Code::Unauthenticated);
    assert_eq!(code(search.start_rebuild(Request::new(start())).await), Code::Unauthenticated);
    assert_eq!(code(search.get_rebuild(Request::new(get())).await), Code::Unauthenticated);
    // Searches are for users, who can be blocked; rebuilds are for operators.
    for token in [world.tokens.service("feed-service"), world.tokens.operator()] {
        assert_eq!(code(search.search_users(world.with_token(&token, users())).await), Code::PermissionDenied);
        assert_eq!(code(search.search_posts(world.with_token(&token, posts())).await), Code::PermissionDenied);
        assert_eq!(code(search.search_tags(world.with_token(&token, tags())).await), Code::PermissionDenied);
        assert_eq!(code(search.suggest(world.with_token(&token, suggest())).await), Code::PermissionDenied);
    }
    for token in [world.tokens.service("feed-service"), world.tokens.user(Uuid::now_v7())] {
        assert_eq!(code(search.start_rebuild(world.with_token(&token, start())).await), Code::PermissionDenied);
        assert_eq!(code(search.get_rebuild(world.with_token(&token, get())).await), Code::PermissionDenied);
    }
    world.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let world = World::start().await;
    let mut search = world.search.clone();
    for (query, page_size) in [("", 0), (&*"x".repeat(201), 0), ("x", 101), ("x", -1)] {
        let request = SearchUsersRequest { query: query.to_owned(), page_size, page_token: String::new() };
        assert_eq!(code(world.try_users(request).await), Code::InvalidArgument, "{query} {page_size}");
    }
    let fine = SearchPostsRequest { query: "x".to_owned(), ..Default::default() };
    for request in [
        SearchPostsRequest::default(),
        SearchPostsRequest { query: "x".repeat(201), ..fine.clone() },
        SearchPostsRequest { tag: "#x".to_owned(), ..fine.clone() },
        SearchPostsRequest { author_id: "x".to_owned(), ..fine.clone() },
        SearchPostsRequest { order: 3, ..fine.clone() },
        SearchPostsRequest { page_size: 101, ..fine.clone() },
        SearchPostsRequest { page_token: "x".to_owned(), ..fine.clone() },
    ] {
        assert_eq!(code(world.try_posts(request.clone()).await), Code::InvalidArgument, "{request:?}");
    }
    let user = Uuid::now_v7();
    for (prefix, page_size) in [("", 0), ("#x", 0), (&*"x".repeat(51), 0), ("x", 101)] {
        let request = SearchTagsRequest { prefix: prefix.to_owned(), page_size, page_token: String::new() };
        let outcome = search.search_tags(world.tokens.request_as(user, request)).await;
        assert_eq!(code(outcome), Code::InvalidArgument, "{prefix} {page_size}");
    }
    for (prefix, limit) in [("", 0), (&*"x".repeat(51), 0), ("x", 21), ("x", -1)] {
        let request = SuggestRequest { prefix: prefix.to_owned(), limit };
        assert_eq!(code(search.suggest(world.tokens.request_as(user, request)).await), Code::InvalidArgument);
    }
    for wrong in ["", "x"] {
        let request = StartRebuildRequest { request_id: wrong.to_owned() };
        assert_eq!(code(search.start_rebuild(world.as_operator(request)).await), Code::InvalidArgument);
        let request = GetRebuildRequest { rebuild_id: wrong.to_owned() };
        assert_eq!(code(search.get_rebuild(world.as_operator(request)).await), Code::InvalidArgument);
    }
    let request = GetRebuildRequest { rebuild_id: id() };
    assert_eq!(code(search.get_rebuild(world.as_operator(request)).await), Code::NotFound);
    world.stop().await;
}

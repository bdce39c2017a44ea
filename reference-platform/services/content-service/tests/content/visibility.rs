//! Who sees, changes and deletes what.

use social_proto::content::v1::*;
use social_testing::eventually;
use std::time::Duration;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::harness::{Harness, code, id};

async fn listed(
    harness: &Harness,
    author: Uuid,
    request: impl Fn(ListPostsRequest) -> Request<ListPostsRequest>,
) -> usize {
    let list = ListPostsRequest { author_id: author.to_string(), ..Default::default() };
    harness.content.clone().list_posts(request(list)).await.unwrap().into_inner().posts.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_are_seen_by_whom_they_are_for() {
    let harness = Harness::start().await;
    let (author, follower, stranger, blocked) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    harness.users.follow(follower, author);
    harness.users.block(blocked, author);
    let mut posts = Vec::new();
    for visibility in [Visibility::Public, Visibility::Followers, Visibility::Private] {
        posts.push(harness.publish(author, "text", visibility).await.post_id);
    }

    for (reader, expected) in [(author, 3), (follower, 2), (stranger, 1), (blocked, 1)] {
        for (number, post_id) in posts.iter().enumerate() {
            let get = harness.as_user(reader, GetPostRequest { post_id: post_id.clone() });
            let expected = if number < expected { Code::Ok } else { Code::NotFound };
            assert_eq!(code(harness.content.clone().get_post(get).await), expected, "post {number}");
            let list = harness.as_user(reader, ListCommentsRequest { post_id: post_id.clone(), ..Default::default() });
            assert_eq!(code(harness.content.clone().list_comments(list).await), expected);
            let react = harness.as_user(reader, SetReactionRequest { post_id: post_id.clone(), kind: 1 });
            assert_eq!(code(harness.content.clone().set_reaction(react).await), expected);
        }
        let batch = harness.as_user(reader, BatchGetPostsRequest { post_ids: posts.clone() });
        let found = harness.content.clone().batch_get_posts(batch).await.unwrap().into_inner().posts.len();
        let counted = harness.as_user(reader, BatchGetCountersRequest { post_ids: posts.clone() });
        let counted = harness.content.clone().batch_get_counters(counted).await.unwrap().into_inner().counters.len();
        assert_eq!((found, counted), (expected, expected));
        assert_eq!(listed(&harness, author, |list| harness.as_user(reader, list)).await, expected);
    }
    assert_eq!(listed(&harness, author, |list| harness.as_service(list)).await, 3, "services read everything");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_user_service_only_public_posts_are_shown() {
    let harness = Harness::start().await;
    let (author, follower) = (Uuid::now_v7(), Uuid::now_v7());
    harness.users.follow(follower, author);
    let public = harness.publish(author, "text", Visibility::Public).await.post_id;
    let followers = harness.publish(author, "text", Visibility::Followers).await.post_id;

    harness.users.down(true);
    assert_eq!(listed(&harness, author, |list| harness.as_user(follower, list)).await, 1);
    let batch = harness.as_user(follower, BatchGetPostsRequest { post_ids: vec![followers.clone(), public.clone()] });
    let found = harness.content.clone().batch_get_posts(batch).await.unwrap().into_inner().posts;
    assert_eq!(found.iter().map(|post| &post.post_id).collect::<Vec<_>>(), [&public]);

    harness.users.down(false);
    eventually(Duration::from_secs(8), || async {
        let seen = listed(&harness, author, |list| harness.as_user(follower, list)).await;
        anyhow::ensure!(seen == 2, "failures are not remembered");
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_is_asked_for_once() {
    let harness = Harness::start_with(|settings| settings.relation_cache_ttl = Duration::from_secs(60)).await;
    let (author, follower) = (Uuid::now_v7(), Uuid::now_v7());
    harness.users.follow(follower, author);
    let mut post_ids = Vec::new();
    for _ in 0..5 {
        post_ids.push(harness.publish(author, "text", Visibility::Followers).await.post_id);
    }
    for _ in 0..3 {
        let batch = harness.as_user(follower, BatchGetPostsRequest { post_ids: post_ids.clone() });
        assert_eq!(harness.content.clone().batch_get_posts(batch).await.unwrap().into_inner().posts.len(), 5);
    }
    assert_eq!(harness.users.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_authors_change_and_delete() {
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let (author, other) = (Uuid::now_v7(), Uuid::now_v7());
    let public = harness.publish(author, "text", Visibility::Public).await;
    let private = harness.publish(author, "text", Visibility::Private).await;
    let before = harness.outbox().await;
    for (post, expected) in [(public, Code::PermissionDenied), (private, Code::NotFound)] {
        let delete = DeletePostRequest { post_id: post.post_id.clone() };
        assert_eq!(code(content.delete_post(harness.as_user(other, delete.clone())).await), expected);
        assert_eq!(code(content.delete_post(harness.as_service(delete.clone())).await), Code::PermissionDenied);
        assert_eq!(code(content.delete_post(delete).await), Code::Unauthenticated);
        let update_mask = Some(prost_types::FieldMask { paths: vec!["text".to_owned()] });
        let change = UpdatePostRequest { post: Some(Post { text: "mine".to_owned(), ..post }), update_mask };
        assert_eq!(code(content.update_post(harness.as_user(other, change.clone())).await), expected);
        assert_eq!(code(content.update_post(harness.as_service(change)).await), Code::PermissionDenied);
    }
    let create = CreatePostRequest { request_id: id(), text: "text".to_owned(), visibility: 1, ..Default::default() };
    assert_eq!(code(content.create_post(harness.as_service(create.clone())).await), Code::PermissionDenied);
    assert_eq!(code(content.create_post(create.clone()).await), Code::Unauthenticated);
    let mut expired = Request::new(create);
    let token = format!("Bearer {}", harness.tokens.expired(author)).parse().unwrap();
    expired.metadata_mut().insert("authorization", token);
    assert_eq!(code(content.create_post(expired).await), Code::Unauthenticated);
    assert_eq!(harness.outbox().await, before, "nothing has changed");
}

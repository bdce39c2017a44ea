//! Pages that fit together, and tokens that do not.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use social_proto::content::v1::{Post, Visibility};
use social_proto::feed::v1::{FeedOrder, ListFeedRequest};
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, code, post_ids};

#[tokio::test]
async fn pages_hold_each_post_once_whatever_comes_meanwhile() {
    let world = World::start().await;
    let reader = Uuid::now_v7();
    let authors: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
    for author in &authors {
        world.users.follow(reader, *author, crate::world::now());
    }
    let posts: Vec<Post> = (0..25).map(|at| world.written(authors[at % 5], Visibility::Public)).collect();
    // Readers may not see all of them any more.
    let hidden: HashSet<String> = posts[5..12].iter().map(|post| post.post_id.clone()).collect();
    hidden.iter().for_each(|post_id| world.posts.hide(post_id));

    for order in [FeedOrder::Unspecified, FeedOrder::Latest] {
        let mut seen = Vec::new();
        let mut request = ListFeedRequest { order: order.into(), page_size: 5, page_token: String::new() };
        loop {
            let page = world.feed(reader, request.clone()).await;
            assert!(page.stale_since.is_none());
            seen.extend(post_ids(&page));
            if page.next_page_token.is_empty() {
                break;
            }
            assert_eq!(page.entries.len(), 5, "a page is filled");
            // The token holds the order.
            request = ListFeedRequest { page_size: 5, page_token: page.next_page_token, ..Default::default() };
            let late = world.publish(authors[0]).await;
            world.becomes_first(reader, &late).await;
        }
        seen.truncate(100);
        let unique: HashSet<&String> = seen.iter().collect();
        assert_eq!(unique.len(), seen.len(), "{order:?}");
        let expected: HashSet<&String> =
            posts.iter().map(|post| &post.post_id).filter(|id| !hidden.contains(*id)).collect();
        assert!(expected.is_subset(&unique), "{order:?}");
        if order == FeedOrder::Unspecified {
            assert_eq!(expected, unique, "what came meanwhile is not on later pages");
        }
    }
    world.stop().await;
}

impl World {
    async fn becomes_first(&self, reader: Uuid, post: &Post) {
        social_testing::eventually(crate::world::SOON, || async {
            anyhow::ensure!(self.latest(reader).await.first() == Some(&post.post_id));
            Ok(())
        })
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn tokens_that_do_not_fit_are_refused() {
    let world = World::start().await;
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    world.users.follow(reader, author, crate::world::now());
    for _ in 0..3 {
        world.written(author, Visibility::Public);
    }
    let list = |order: FeedOrder, page_token: &str| ListFeedRequest {
        order: order.into(),
        page_size: 1,
        page_token: page_token.to_owned(),
    };
    let token = world.feed(reader, list(FeedOrder::Latest, "")).await.next_page_token;
    assert_eq!(code(world.try_feed(reader, list(FeedOrder::Latest, &token)).await), Code::Ok);
    assert_eq!(code(world.try_feed(reader, list(FeedOrder::Ranked, &token)).await), Code::InvalidArgument);
    assert_eq!(code(world.try_feed(Uuid::now_v7(), list(FeedOrder::Latest, &token)).await), Code::InvalidArgument);

    let made: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&token).unwrap()).unwrap();
    let left = made["e"].as_i64().unwrap() - crate::world::now().seconds;
    assert!((3590..=3600).contains(&left), "an hour, not {left} s");
    let forge = |field: &str, value: serde_json::Value| {
        let mut token = made.clone();
        token[field] = value;
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap())
    };
    for refused in [forge("e", 1.into()), forge("c", serde_json::json!([1])), "nonsense".to_owned()] {
        assert_eq!(code(world.try_feed(reader, list(FeedOrder::Latest, &refused)).await), Code::InvalidArgument);
    }
    // One that nobody made, but could have been, harms nobody.
    for (at, time) in [(i64::MAX, i64::MIN), (i64::MIN, i64::MAX), (i64::MAX, i64::MAX)] {
        let cursor = serde_json::json!({"latest": false, "at": at, "score": u64::MAX, "time": time, "post_id": reader});
        assert_eq!(code(world.try_feed(reader, list(FeedOrder::Ranked, &forge("c", cursor))).await), Code::Ok);
    }
    world.stop().await;
}

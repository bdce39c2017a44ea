//! What is found, in which order, and what is shown of it.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use social_proto::search::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, code};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn posts_are_found_by_words_phrases_tags_and_authors() {
    let world = World::start().await;
    let (ada, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let now = SystemTime::now();
    let old = world.post_at(ada, "The big world of #Cats", now - 60 * DAY).await;
    let fresh = world.post_at(ben, "a world, big and round #cats #dogs", now - DAY).await;
    let other = world.post_at(ben, "Größe zählt nicht", now - DAY).await;
    world.settled().await;

    world.finds_posts("world big", &[&fresh, &old]).await;
    world.finds_posts("BIG wor", &[&fresh, &old]).await;
    world.finds_posts("wor big", &[]).await;
    world.finds_posts("\"big world\"", &[&old]).await;
    world.finds_posts("größ", &[&other]).await;
    world.finds_posts("…!", &[]).await;
    let search = |query: &str, tag: &str, author: &str| SearchPostsRequest {
        query: query.to_owned(),
        tag: tag.to_owned(),
        author_id: author.to_owned(),
        ..Default::default()
    };
    world.finds(search("", "Cats", ""), &[&fresh, &old]).await;
    world.finds(search("", "cat", ""), &[]).await;
    world.finds(search("round", "dogs", ""), &[&fresh]).await;
    world.finds(search("big", "", &ada.to_string()), &[&old]).await;
    // A much better match is worth more than freshness, but not in the order of time.
    let better = world.post_at(ada, "round round round", now - 60 * DAY).await;
    world.settled().await;
    let latest = SearchPostsRequest { order: PostOrder::Latest.into(), ..search("round", "", "") };
    world.finds(latest, &[&fresh, &better]).await;
    world.stop().await;
}

#[tokio::test]
async fn users_are_found_by_handle_name_and_bio() {
    let world = World::start().await;
    let by_bio = world.user("charles", "Charles Babbage", "a friend of Ada and of engines").await;
    let by_name = world.user("countess", "Ada King", "").await;
    let by_handle = world.user("ada", "Somebody", "").await;
    let longer = world.user("adamant", "Hard", "").await;
    world.settled().await;
    world.finds_users("ada ", &[by_handle, by_name, by_bio]).await;
    world.finds_users("ada king", &[by_name]).await;
    world.finds_users("engines ad", &[by_bio]).await;
    world.finds_users("adam", &[longer]).await;
    world.finds_users("@ADA", &[by_handle, by_name, longer, by_bio]).await;

    let found = world.try_users(SearchUsersRequest { query: "bab".to_owned(), ..Default::default() }).await;
    let hit = &found.unwrap().into_inner().hits[0];
    let matches = vec![TextRange { begin: 8, end: 15 }];
    let fragment = "Charles Babbage".to_owned();
    assert_eq!(hit.highlights, [Highlight { field: "display_name".to_owned(), fragment, matches }]);
    world.stop().await;
}

#[tokio::test]
async fn highlights_count_characters() {
    let world = World::start().await;
    let text = format!("{} Überraschung 🎉 für alle", "…".repeat(300));
    world.post(Uuid::now_v7(), &text).await;
    world.settled().await;
    let search = SearchPostsRequest { query: "für überr".to_owned(), ..Default::default() };
    let hit = &world.posts(search).await.hits[0];
    let [highlight] = &hit.highlights[..] else { panic!("{hit:?}") };
    let characters: Vec<char> = highlight.fragment.chars().collect();
    assert!(characters.len() <= 200);
    let marked: Vec<String> = highlight
        .matches
        .iter()
        .map(|range| characters[range.begin as usize..range.end as usize].iter().collect())
        .collect();
    assert_eq!((highlight.field.as_str(), marked), ("text", vec!["Überraschung".to_owned(), "für".to_owned()]));
    world.stop().await;
}

#[tokio::test]
async fn pages_hold_each_hit_once_and_leave_out_who_is_hidden() {
    let world = World::start().await;
    let (shown, hidden) = (Uuid::now_v7(), Uuid::now_v7());
    let mut expected = HashSet::new();
    for at in 0..25 {
        let author = if at % 3 == 0 { hidden } else { shown };
        let post = world.post(author, &format!("needle {at}")).await;
        if author == shown {
            expected.insert(post.post_id);
        }
    }
    world.users.hide(hidden);
    for order in [PostOrder::Relevance, PostOrder::Latest] {
        world.settled().await;
        let mut seen = Vec::new();
        let mut request =
            SearchPostsRequest { query: "needle".to_owned(), order: order.into(), page_size: 4, ..Default::default() };
        loop {
            let page = world.posts(request.clone()).await;
            assert!(page.hits.len() == 4 || page.next_page_token.is_empty(), "a page is filled");
            seen.extend(page.hits.into_iter().map(|hit| hit.post_id));
            if page.next_page_token.is_empty() {
                break;
            }
            let token = page.next_page_token;
            for other in [
                SearchPostsRequest { query: "needl".to_owned(), page_token: token.clone(), ..request.clone() },
                SearchPostsRequest { tag: "x".to_owned(), page_token: token.clone(), ..request.clone() },
                SearchPostsRequest { author_id: shown.to_string(), page_token: token.clone(), ..request.clone() },
            ] {
                assert_eq!(code(world.try_posts(other).await), Code::InvalidArgument);
            }
            request.page_token = token;
            world.post(shown, "needle that comes later").await;
        }
        let unique: HashSet<String> = seen.iter().filter(|post_id| expected.contains(*post_id)).cloned().collect();
        assert_eq!(unique, expected);
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "{order:?}");
        if order == PostOrder::Relevance {
            assert_eq!(seen.len(), expected.len(), "what comes meanwhile is not on later pages");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn nobody_sees_more_than_a_thousand_hits() {
    let world = World::start().await;
    let author = Uuid::now_v7();
    for _ in 0..11 {
        futures::future::join_all((0..92).map(|_| world.post(author, "many"))).await;
    }
    world.settled().await;
    let mut request = SearchPostsRequest { query: "many".to_owned(), page_size: 100, ..Default::default() };
    let mut seen = HashSet::new();
    for page in 1..=10 {
        let found = world.posts(request.clone()).await;
        seen.extend(found.hits.into_iter().map(|hit| hit.post_id));
        assert_eq!(found.next_page_token.is_empty(), page == 10);
        request.page_token = found.next_page_token;
    }
    assert_eq!(seen.len(), 1000);
    world.stop().await;
}

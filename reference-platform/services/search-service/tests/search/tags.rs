//! Tags, and what somebody is typing.

use social_events::topics;
use social_proto::content::v1::Post;
use social_proto::search::v1::SearchTagsRequest;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, changed, code, deleted};

fn tag(name: &str, posts: i64) -> (String, i64) {
    (name.to_owned(), posts)
}

#[tokio::test]
async fn tags_are_counted_by_public_posts() {
    let world = World::start().await;
    let author = Uuid::now_v7();
    let first = world.post(author, "#rust #rustlang").await;
    let second = world.post(author, "#rust #ruby").await;
    world.post(author, "#rust #ruby #zebra").await;
    world.settled().await;
    assert_eq!(world.tags("ru").await, [tag("rust", 3), tag("ruby", 2), tag("rustlang", 1)]);
    assert_eq!(world.tags("RUST").await, [tag("rust", 3), tag("rustlang", 1)]);
    assert_eq!(world.tags("x").await, []);
    world.tell(topics::CONTENT_EVENTS, &deleted(&first, 2)).await;
    world.tell(topics::CONTENT_EVENTS, &changed(&Post { tags: vec!["ruby".to_owned()], ..second }, 2)).await;
    world.settled().await;
    assert_eq!(world.tags("ru").await, [tag("ruby", 2), tag("rust", 1)]);

    let mut seen = Vec::new();
    let mut request = SearchTagsRequest { prefix: "r".to_owned(), page_size: 1, page_token: String::new() };
    loop {
        let page = world.search.clone().search_tags(world.tokens.request_as(author, request.clone())).await;
        let page = page.unwrap().into_inner();
        seen.extend(page.hits.into_iter().map(|hit| hit.tag));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
        let other = SearchTagsRequest { prefix: "s".to_owned(), ..request.clone() };
        let refused = world.search.clone().search_tags(world.tokens.request_as(author, other)).await;
        assert_eq!(code(refused), Code::InvalidArgument);
    }
    assert_eq!(seen, ["ruby", "rust"]);
    world.stop().await;
}

#[tokio::test]
async fn what_is_typed_is_completed() {
    let world = World::start().await;
    let handle = world.user("adele", "Somebody", "").await;
    let name = world.user("someone", "Adelaide King", "").await;
    let hidden = world.user("adelina", "Hidden", "").await;
    world.post(handle, "#adelaide").await;
    world.settled().await;
    world.users.hide(hidden);

    let found = world.suggest("Adel").await.unwrap();
    let users: Vec<&str> = found.users.iter().map(|hit| hit.user_id.as_str()).collect();
    assert_eq!(users, [handle.to_string(), name.to_string()]);
    assert_eq!(found.tags[0].tag, "adelaide");
    let found = world.suggest("@adel").await.unwrap();
    assert_eq!((found.users.len(), found.tags.len()), (1, 0));
    let found = world.suggest("#adel").await.unwrap();
    assert_eq!((found.users.len(), found.tags.len()), (0, 1));
    assert_eq!(world.suggest("adelaide k").await.unwrap().users[0].user_id, name.to_string());
    for empty in ["@", " "] {
        assert!(world.suggest(empty).await.unwrap().users.is_empty());
    }
    world.stop().await;
}

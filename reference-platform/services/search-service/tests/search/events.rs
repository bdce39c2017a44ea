//! What events do to the index, also when they come twice or are nonsense.

use social_events::topics;
use social_proto::content::v1::content_event::Event;
use social_proto::content::v1::*;
use social_proto::user::v1::user_event::Event as Became;
use social_proto::user::v1::{ProfileDeleted, UserEvent};
use uuid::Uuid;

use crate::world::{World, became, changed, content, deleted, id, published, updated};

#[tokio::test]
async fn only_what_is_public_is_found() {
    let world = World::start().await;
    let author = Uuid::now_v7();
    let post = world.post(author, "a curious cat").await;
    world.finds_posts("curious", &[&post]).await;
    for visibility in [Visibility::Followers, Visibility::Private] {
        let hidden = Post { post_id: id(), visibility: visibility.into(), ..post.clone() };
        world.tell(topics::CONTENT_EVENTS, &published(&hidden)).await;
    }
    world.settled().await;
    world.finds_posts("curious", &[&post]).await;

    let edited = Post { text: "a bold dog".to_owned(), ..post.clone() };
    world.tell(topics::CONTENT_EVENTS, &changed(&edited, 2)).await;
    world.finds_posts("bold", &[&post]).await;
    world.finds_posts("curious", &[]).await;
    let narrower = Post { visibility: Visibility::Followers.into(), ..edited.clone() };
    world.tell(topics::CONTENT_EVENTS, &changed(&narrower, 3)).await;
    world.finds_posts("bold", &[]).await;
    world.tell(topics::CONTENT_EVENTS, &changed(&edited, 4)).await;
    world.finds_posts("bold", &[&post]).await;
    world.tell(topics::CONTENT_EVENTS, &deleted(&post, 5)).await;
    world.finds_posts("bold", &[]).await;

    let user = world.user("ada_l", "Ada", "").await;
    world.finds_users("ada", &[user]).await;
    world.tell(topics::USER_EVENTS, &became(user, 2, updated("ada_l", "Ada", "", false))).await;
    world.finds_users("ada", &[]).await;
    world.tell(topics::USER_EVENTS, &became(user, 3, updated("ada_l", "Augusta", "counts", true))).await;
    world.finds_users("augusta", &[user]).await;
    world.finds_users("counts ada", &[user]).await;
    world.tell(topics::USER_EVENTS, &became(user, 4, Became::Deleted(ProfileDeleted {}))).await;
    world.finds_users("augusta", &[]).await;
    world.stop().await;
}

#[tokio::test]
async fn what_comes_twice_changes_nothing_and_nonsense_is_passed_over() {
    let world = World::start().await;
    let kept = world.post(Uuid::now_v7(), "kept #once").await;
    let gone = world.post(Uuid::now_v7(), "gone #once").await;
    let happened = [published(&kept), published(&gone), deleted(&gone, 2)];
    for event in happened.iter().chain(&happened[..2]) {
        world.tell(topics::CONTENT_EVENTS, event).await;
    }
    let user = world.user("ada", "Ada", "").await;
    world.tell(topics::USER_EVENTS, &became(user, 2, updated("ada", "Augusta", "", true))).await;
    world.tell(topics::USER_EVENTS, &became(user, 1, updated("ada", "Before", "", true))).await;

    for nonsense in [
        ContentEvent { post_id: "x".to_owned(), ..published(&kept) },
        content(&kept, 2, Event::PostChanged(PostChanged { post: None })),
        content(&kept, 2, Event::PostChanged(PostChanged { post: Some(gone.clone()) })),
        content(&kept, 2, Event::PostChanged(PostChanged { post: Some(Post { create_time: None, ..kept.clone() }) })),
        content(
            &kept,
            2,
            Event::PostChanged(PostChanged { post: Some(Post { author_id: id() + "x", ..kept.clone() }) }),
        ),
        // No nonsense, but nothing to search either.
        content(&kept, 2, Event::ReactionDeleted(ReactionDeleted { user_id: id() })),
        ContentEvent { event: None, ..content(&kept, 2, Event::PostDeleted(PostDeleted {})) },
    ] {
        world.tell(topics::CONTENT_EVENTS, &nonsense).await;
    }
    let nobody = UserEvent { user_id: "x".to_owned(), ..became(user, 3, updated("ada", "Nobody", "", true)) };
    world.tell(topics::USER_EVENTS, &nobody).await;
    world.settled().await;
    world.finds_posts("kept", &[&kept]).await;
    world.finds_posts("gone", &[]).await;
    assert_eq!(world.tags("once").await, [("once".to_owned(), 1)]);
    world.finds_users("augusta", &[user]).await;
    world.finds_users("before", &[]).await;
    world.finds_users("nobody", &[]).await;
    world.stop().await;
}

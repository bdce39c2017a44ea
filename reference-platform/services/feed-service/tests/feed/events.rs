//! What events do to feeds, also when they come twice or are nonsense.

use social_events::topics;
use social_proto::content::v1::content_event::Event;
use social_proto::content::v1::*;
use social_proto::feed::v1::{GetFeedStatusRequest, ListFeedRequest, RebuildFeedRequest};
use social_proto::user::v1::GraphChange;
use uuid::Uuid;

use crate::world::{World, changed, content, deleted, id, post_ids, published};

#[tokio::test]
async fn posts_come_into_feeds_and_go() {
    let world = World::start().await;
    let (author, reader, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    world.becomes(reader, &[]).await;
    world.becomes(other, &[]).await;
    world.graph(reader, author, GraphChange::Followed).await;
    world.settled().await;

    let first = world.publish(author).await;
    let second = world.publish(author).await;
    world.becomes(reader, &[&second, &first]).await;
    let entry = &world.feed(reader, ListFeedRequest::default()).await.entries[0];
    assert_eq!((&entry.author_id, entry.publish_time), (&second.author_id, second.create_time), "{entry:?}");
    let status = world.feeds.clone().get_feed_status(world.tokens.request_as(reader, GetFeedStatusRequest {})).await;
    let status = status.unwrap().into_inner();
    assert_eq!(status.entry_count, 2);
    assert!(status.fresh_until.unwrap().seconds >= second.create_time.unwrap().seconds);

    // It becomes private, public again, and is deleted.
    let private = Post { visibility: Visibility::Private.into(), ..first.clone() };
    world.tell(topics::CONTENT_EVENTS, &changed(&private, 2)).await;
    world.becomes(reader, &[&second]).await;
    world.tell(topics::CONTENT_EVENTS, &changed(&first, 3)).await;
    world.becomes(reader, &[&second, &first]).await;
    world.tell(topics::CONTENT_EVENTS, &deleted(&first, 4)).await;
    world.becomes(reader, &[&second]).await;
    // A private one never comes.
    let hidden = world.written(author, Visibility::Private);
    world.tell(topics::CONTENT_EVENTS, &published(&hidden)).await;
    world.settled().await;
    world.becomes(reader, &[&second]).await;
    world.becomes(other, &[]).await;
    world.stop().await;
}

#[tokio::test]
async fn the_graph_decides_whose_posts_are_in_a_feed() {
    let world = World::start().await;
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    let older = world.written(author, Visibility::Followers);
    world.written(author, Visibility::Private);
    world.becomes(reader, &[]).await;
    world.graph(reader, author, GraphChange::Followed).await;
    world.becomes(reader, &[&older]).await;
    let unfollowed = world.graph(reader, author, GraphChange::Unfollowed).await;
    world.becomes(reader, &[]).await;

    // Both follow each other; a block ends both.
    world.becomes(author, &[]).await;
    let of_reader = world.written(reader, Visibility::Public);
    world.graph(reader, author, GraphChange::Followed).await;
    world.graph(author, reader, GraphChange::Followed).await;
    world.becomes(reader, &[&older]).await;
    world.becomes(author, &[&of_reader]).await;
    // What was applied before, and is older than what is known, changes nothing.
    world.tell(topics::GRAPH_EVENTS, &unfollowed).await;
    world.settled().await;
    world.becomes(reader, &[&older]).await;
    world.graph(reader, author, GraphChange::Blocked).await;
    world.becomes(reader, &[]).await;
    world.becomes(author, &[]).await;

    // A post on its way to somebody who has just ended following does not come.
    world.users.follow(reader, author, older.create_time.unwrap());
    world.publish(author).await;
    world.settled().await;
    world.becomes(reader, &[]).await;
    world.stop().await;
}

#[tokio::test]
async fn what_comes_twice_changes_nothing_and_nonsense_is_passed_over() {
    let world = World::start().await;
    let author = Uuid::now_v7();
    // More followers than are on one page.
    let readers: Vec<Uuid> = (0..230).map(|_| Uuid::now_v7()).collect();
    let (first, last) = (readers[0], readers[229]);
    for reader in [first, last] {
        world.becomes(reader, &[]).await;
    }
    for reader in &readers {
        world.users.follow(*reader, author, crate::world::now());
    }
    let post = world.written(author, Visibility::Public);
    let kept = world.written(author, Visibility::Public);
    let happened = [published(&post), deleted(&post, 2), published(&kept)];
    for event in happened.iter().chain(&happened) {
        world.tell(topics::CONTENT_EVENTS, event).await;
    }
    // Alone, too.
    world.tell(topics::CONTENT_EVENTS, &happened[0]).await;

    let complete = published(&kept);
    for nonsense in [
        ContentEvent { post_id: "x".to_owned(), ..complete.clone() },
        ContentEvent { occur_time: None, ..complete.clone() },
        content(&kept, 2, Event::PostChanged(PostChanged { post: None })),
        content(&kept, 2, Event::PostChanged(PostChanged { post: Some(post.clone()) })),
        content(&kept, 2, Event::ReactionSet(ReactionSet::default())),
        content(&kept, 2, Event::CommentCreated(CommentCreated { comment: None })),
    ] {
        world.tell(topics::CONTENT_EVENTS, &ContentEvent { event_id: id(), ..nonsense }).await;
    }
    // A kind of later days.
    world.tell(topics::CONTENT_EVENTS, &ContentEvent { event_id: id(), sequence: 2, event: None, ..complete }).await;
    world.settled().await;
    for reader in [first, last] {
        world.becomes(reader, &[&kept]).await;
    }
    world.stop().await;
}

#[tokio::test]
async fn who_is_near_comes_first() {
    let world = World::start().await;
    let (near, far, reader) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    for author in [near, far] {
        world.users.follow(reader, author, crate::world::now());
    }
    let liked = world.written(near, Visibility::Public);
    let newer = world.written(far, Visibility::Public);
    let ranked = || async { post_ids(&world.feed(reader, ListFeedRequest::default()).await) };
    assert_eq!(ranked().await, [newer.post_id.clone(), liked.post_id.clone()], "built when it is first read");
    let like = ReactionSet { user_id: reader.to_string(), kind: ReactionKind::Like.into() };
    let like = content(&liked, 2, Event::ReactionSet(like));
    world.tell(topics::CONTENT_EVENTS, &like).await;
    world.settled().await;
    assert_eq!(ranked().await, [liked.post_id.clone(), newer.post_id.clone()]);
    let back = ReactionDeleted { user_id: reader.to_string() };
    world.tell(topics::CONTENT_EVENTS, &content(&liked, 3, Event::ReactionDeleted(back))).await;
    world.tell(topics::CONTENT_EVENTS, &like).await;
    world.settled().await;
    assert_eq!(
        ranked().await,
        [newer.post_id.clone(), liked.post_id.clone()],
        "the like came twice, and was taken back"
    );
    let comment = Comment { author_id: reader.to_string(), ..Default::default() };
    let comment = content(&liked, 4, Event::CommentCreated(CommentCreated { comment: Some(comment) }));
    world.tell(topics::CONTENT_EVENTS, &comment).await;
    world.settled().await;
    assert_eq!(ranked().await, [liked.post_id.clone(), newer.post_id.clone()]);
    world.stop().await;
}

#[tokio::test]
async fn operators_build_a_feed_anew() {
    let world = World::start_with(|settings| settings.feed_length = 3).await;
    let (author, former, reader) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    world.becomes(reader, &[]).await;
    world.graph(reader, former, GraphChange::Followed).await;
    let gone = world.publish(former).await;
    world.becomes(reader, &[&gone]).await;
    // Events that never came.
    world.users.unfollow(reader, former);
    world.users.follow(reader, author, crate::world::now());
    let posts: Vec<Post> = (0..4).map(|_| world.written(author, Visibility::Public)).collect();
    let rebuild = || {
        let request = RebuildFeedRequest { user_id: reader.to_string() };
        world.with_token(&world.tokens.operator(), request)
    };
    for _ in 0..2 {
        let rebuilt = world.feeds.clone().rebuild_feed(rebuild()).await.unwrap().into_inner();
        assert_eq!(rebuilt.entry_count, 3, "no more than a feed holds");
        world.becomes(reader, &[&posts[3], &posts[2], &posts[1]]).await;
    }
    // One that is forgotten is built when it is read.
    world.lose(reader).await;
    let next = world.publish(author).await;
    world.settled().await;
    world.becomes(reader, &[&next, &posts[3], &posts[2]]).await;
    world.stop().await;
}

//! Posts: publishing, changing, deleting, lists.

use std::collections::HashSet;

use prost_types::FieldMask;
use social_proto::content::v1::*;
use social_proto::media::v1::MediaState;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{Harness, code, id};

fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(deprecated, reason = "older clients read image_media_id")]
async fn a_post_lives_from_its_publication_to_its_deletion() {
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let author = Uuid::now_v7();
    let media_ids =
        vec![harness.media.upload(author, MediaState::Ready), harness.media.upload(author, MediaState::Ready)];
    let request = CreatePostRequest {
        request_id: id(),
        text: "Hello #World, hello #Rust and #rust".to_owned(),
        media_ids: media_ids.clone(),
        visibility: Visibility::Public.into(),
    };
    let post = content.create_post(harness.as_user(author, request)).await.unwrap().into_inner().post.unwrap();
    assert_eq!(post.author_id, author.to_string());
    assert_eq!(post.tags, ["world", "rust"]);
    assert_eq!((&post.media_ids, &post.image_media_id), (&media_ids, &media_ids[0]));
    assert!(post.create_time.is_some() && post.edit_time.is_none());

    let reader = Uuid::now_v7();
    let get = GetPostRequest { post_id: post.post_id.clone() };
    for _ in 0..2 {
        let read = content.get_post(harness.as_user(reader, get.clone())).await.unwrap().into_inner().post;
        assert_eq!(read, Some(post.clone()), "from the database and from the cache");
    }

    let change = UpdatePostRequest {
        post: Some(Post { text: "Bye #Moon".to_owned(), visibility: 3, ..post.clone() }),
        update_mask: mask(&["text"]),
    };
    let changed =
        content.update_post(harness.as_user(author, change.clone())).await.unwrap().into_inner().post.unwrap();
    assert_eq!(
        (changed.text.as_str(), changed.visibility()),
        ("Bye #Moon", Visibility::Public),
        "only what the mask names"
    );
    assert_eq!(changed.tags, ["moon"]);
    assert!(changed.edit_time.is_some() && changed.etag != post.etag);
    let read = content.get_post(harness.as_user(reader, get.clone())).await.unwrap().into_inner().post;
    assert_eq!(read, Some(changed.clone()), "the cache forgets");

    assert_eq!(code(content.update_post(harness.as_user(author, change.clone())).await), Code::Aborted, "an old etag");
    let same = UpdatePostRequest { post: Some(changed.clone()), update_mask: mask(&["text", "media_ids"]) };
    let kept = content.update_post(harness.as_user(author, same)).await.unwrap().into_inner().post.unwrap();
    assert_eq!(kept, changed, "the same again changes nothing");

    let delete = DeletePostRequest { post_id: post.post_id.clone() };
    for _ in 0..2 {
        content.delete_post(harness.as_user(author, delete.clone())).await.unwrap();
    }
    assert_eq!(code(content.get_post(harness.as_user(reader, get)).await), Code::NotFound);
    assert_eq!(code(content.update_post(harness.as_user(author, change)).await), Code::NotFound);
    assert_eq!(harness.outbox().await, 3, "published, changed, deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_id_counts_once() {
    let harness = Harness::start().await;
    let author = Uuid::now_v7();
    let media_id = harness.media.upload(author, MediaState::Ready);
    let request = CreatePostRequest {
        request_id: id(),
        text: "once".to_owned(),
        media_ids: vec![media_id],
        visibility: Visibility::Public.into(),
    };
    let repeat = |request: CreatePostRequest| {
        let mut content = harness.content.clone();
        let request = harness.as_user(author, request);
        async move { content.create_post(request).await }
    };
    let at_once = futures::future::join_all((0..4).map(|_| repeat(request.clone()))).await;
    let answers: HashSet<String> =
        at_once.into_iter().map(|answer| answer.unwrap().into_inner().post.unwrap().post_id).collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(harness.outbox().await, 1);

    harness.media.down(true);
    let again = repeat(request.clone()).await.unwrap().into_inner().post.unwrap();
    assert!(answers.contains(&again.post_id), "the stored answer needs no neighbour");
    let other = CreatePostRequest { text: "twice".to_owned(), ..request.clone() };
    assert_eq!(code(repeat(other).await), Code::FailedPrecondition);

    let somebody_else = harness.as_user(Uuid::now_v7(), CreatePostRequest { media_ids: vec![], ..request });
    let post = harness.content.clone().create_post(somebody_else).await.unwrap().into_inner().post.unwrap();
    assert!(!answers.contains(&post.post_id), "ids belong to their caller");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_belong_to_the_author_and_are_ready() {
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let author = Uuid::now_v7();
    let with = |media_id: String| CreatePostRequest {
        request_id: id(),
        text: "look".to_owned(),
        media_ids: vec![media_id],
        visibility: Visibility::Public.into(),
    };
    for (media_id, expected) in [
        (harness.media.upload(Uuid::now_v7(), MediaState::Ready), Code::InvalidArgument),
        (id(), Code::InvalidArgument),
        (harness.media.upload(author, MediaState::Processing), Code::FailedPrecondition),
        (harness.media.upload(author, MediaState::Failed), Code::FailedPrecondition),
    ] {
        assert_eq!(code(content.create_post(harness.as_user(author, with(media_id))).await), expected);
    }
    assert_eq!(harness.outbox().await, 0);

    let first = harness.media.upload(author, MediaState::Ready);
    let post =
        content.create_post(harness.as_user(author, with(first.clone()))).await.unwrap().into_inner().post.unwrap();
    harness.media.down(true);
    let change = |media_ids: Vec<String>, etag: &str| UpdatePostRequest {
        post: Some(Post { media_ids, etag: etag.to_owned(), post_id: post.post_id.clone(), ..Default::default() }),
        update_mask: mask(&["media_ids"]),
    };
    let second = harness.media.upload(author, MediaState::Ready);
    let more = change(vec![first.clone(), second], &post.etag);
    assert_eq!(code(content.update_post(harness.as_user(author, more.clone())).await), Code::Unavailable);
    assert_eq!(code(content.create_post(harness.as_user(author, with(first))).await), Code::Unavailable);
    harness.publish(author, "without media all works", Visibility::Public).await;

    harness.media.down(false);
    let changed = content.update_post(harness.as_user(author, more)).await.unwrap().into_inner().post.unwrap();
    assert_eq!(changed.media_ids.len(), 2);
    harness.media.down(true);
    let fewer = change(changed.media_ids[1..].to_vec(), &changed.etag);
    let changed = content.update_post(harness.as_user(author, fewer)).await.unwrap().into_inner().post.unwrap();
    assert_eq!(changed.media_ids.len(), 1, "what was checked is not asked for again");

    let nothing = UpdatePostRequest {
        post: Some(Post { text: " ".to_owned(), media_ids: vec![], ..changed }),
        update_mask: mask(&["text", "media_ids"]),
    };
    assert_eq!(code(content.update_post(harness.as_user(author, nothing)).await), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_end_and_their_tokens_belong_to_them() {
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let author = Uuid::now_v7();
    let mut published = Vec::new();
    for number in 0..7 {
        published.push(harness.publish(author, &format!("post {number}"), Visibility::Public).await.post_id);
    }
    published.reverse();

    let (mut listed, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let request = ListPostsRequest { author_id: author.to_string(), page_size: 3, page_token };
        let page = content.list_posts(harness.as_user(Uuid::now_v7(), request)).await.unwrap().into_inner();
        listed.extend(page.posts.into_iter().map(|post| post.post_id));
        page_token = page.next_page_token;
        pages += 1;
        if page_token.is_empty() {
            break;
        }
        let elsewhere = ListPostsRequest { author_id: id(), page_size: 3, page_token: page_token.clone() };
        assert_eq!(code(content.list_posts(harness.as_user(author, elsewhere)).await), Code::InvalidArgument);
    }
    assert_eq!((listed, pages), (published.clone(), 3));

    let batch =
        BatchGetPostsRequest { post_ids: vec![published[0].clone(), id(), published[1].clone(), published[0].clone()] };
    for _ in 0..2 {
        let posts = content.batch_get_posts(harness.as_user(author, batch.clone())).await.unwrap().into_inner().posts;
        let found: HashSet<_> = posts.iter().map(|post| post.post_id.clone()).collect();
        assert_eq!((posts.len(), found), (2, HashSet::from([published[0].clone(), published[1].clone()])));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_at_the_same_time_one_is_made() {
    let harness = Harness::start().await;
    let author = Uuid::now_v7();
    let post = harness.publish(author, "begin", Visibility::Public).await;
    let change = |number: usize| {
        let mut content = harness.content.clone();
        let post = Post { text: format!("change {number}"), ..post.clone() };
        let request = harness.as_user(author, UpdatePostRequest { post: Some(post), update_mask: mask(&["text"]) });
        async move { code(content.update_post(request).await) }
    };
    let codes = futures::future::join_all((0..5).map(change)).await;
    assert_eq!(codes.iter().filter(|code| **code == Code::Ok).count(), 1);
    assert_eq!(codes.iter().filter(|code| **code == Code::Aborted).count(), 4);
}

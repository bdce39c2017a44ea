//! What the service tells others.

use std::sync::Mutex;
use std::time::Duration;

use social_events::{ConsumeError, Handler, Received, replay, topics};
use social_proto::content::v1::content_event::Event;
use social_proto::content::v1::*;
use social_testing::{Stores, eventually, unique};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::{Harness, id};

#[derive(Default)]
struct Told(Mutex<Vec<(Vec<u8>, ContentEvent)>>);

impl Handler for Told {
    async fn apply(&self, event: Received) -> Result<(), ConsumeError> {
        self.0.lock().unwrap().push((event.key().to_vec(), event.decode()?));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_is_told_in_order_without_gaps() {
    let stores = Stores::load().unwrap();
    let prefix = unique("content");
    let _topics = stores.topics(&prefix, &[topics::CONTENT_EVENTS], 3).await.unwrap();
    let mut kafka = None;
    let harness = Harness::start_with(|settings| {
        settings.kafka.kafka_brokers = stores.kafka_brokers().unwrap().to_owned();
        settings.kafka.kafka_topic_prefix = prefix;
        kafka = Some(settings.kafka.clone());
    })
    .await;
    let mut content = harness.content.clone();
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    let other = harness.publish(author, "another #post", Visibility::Private).await;
    let post = harness.publish(author, "a #post", Visibility::Public).await;
    let post_id = post.post_id.clone();

    let change = Post { text: "changed".to_owned(), visibility: Visibility::Followers.into(), ..post.clone() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["text".to_owned()] });
    let request = UpdatePostRequest { post: Some(change), update_mask };
    let changed = content.update_post(harness.as_user(author, request)).await.unwrap().into_inner().post;
    let request = CreateCommentRequest {
        request_id: id(),
        post_id: post_id.clone(),
        text: "so?".to_owned(),
        ..Default::default()
    };
    let comment = content.create_comment(harness.as_user(reader, request)).await.unwrap().into_inner().comment;
    let comment_id = comment.clone().unwrap().comment_id;
    let react = SetReactionRequest { post_id: post_id.clone(), kind: ReactionKind::Sad.into() };
    content.set_reaction(harness.as_user(reader, react)).await.unwrap();
    content.delete_reaction(harness.as_user(reader, DeleteReactionRequest { post_id: post_id.clone() })).await.unwrap();
    let delete = DeleteCommentRequest { comment_id: comment_id.clone() };
    content.delete_comment(harness.as_user(author, delete)).await.unwrap();
    content.delete_post(harness.as_user(author, DeletePostRequest { post_id: post_id.clone() })).await.unwrap();

    eventually(Duration::from_secs(15), || async {
        let waiting = harness.outbox().await;
        anyhow::ensure!(waiting == 0, "{waiting} events wait");
        Ok(())
    })
    .await
    .unwrap();
    let told = Told::default();
    let stop = CancellationToken::new();
    replay::read_all(&kafka.unwrap(), &[topics::CONTENT_EVENTS], &told, &stop).await.unwrap();
    let told = told.0.into_inner().unwrap();
    for (key, event) in &told {
        assert_eq!(key, event.post_id.as_bytes());
        assert_eq!(event.author_id, author.to_string());
        assert!(event.occur_time.is_some() && event.event_id.parse::<Uuid>().is_ok());
    }
    let of_post: Vec<_> = told.iter().filter(|(_, event)| event.post_id == post_id).collect();
    assert_eq!(of_post.iter().map(|(_, event)| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    let kinds: Vec<_> = of_post.iter().map(|(_, event)| event.event.clone().unwrap()).collect();
    let user_id = reader.to_string();
    let expected = [
        Event::PostPublished(PostPublished { post: Some(post) }),
        Event::PostChanged(PostChanged { post: changed }),
        Event::CommentCreated(CommentCreated { comment }),
        Event::ReactionSet(ReactionSet { user_id: user_id.clone(), kind: ReactionKind::Sad.into() }),
        Event::ReactionDeleted(ReactionDeleted { user_id }),
        Event::CommentDeleted(CommentDeleted { comment_id }),
        Event::PostDeleted(PostDeleted {}),
    ];
    assert_eq!(kinds, expected);
    let others: Vec<_> = told.iter().filter(|(_, event)| event.post_id == other.post_id).collect();
    assert_eq!(others.len(), 1);
    harness.stop().await;
}

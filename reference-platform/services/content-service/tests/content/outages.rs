//! What works when something is away.

use prost_types::FieldMask;
use social_proto::content::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{Harness, code};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_the_database_answers() {
    let harness = Harness::start_with(|settings| settings.redis.url = "redis://127.0.0.1:1".to_owned()).await;
    let mut content = harness.content.clone();
    let (author, follower) = (Uuid::now_v7(), Uuid::now_v7());
    harness.users.follow(follower, author);
    let post = harness.publish(author, "text", Visibility::Followers).await;
    let get = GetPostRequest { post_id: post.post_id.clone() };
    assert_eq!(code(content.get_post(harness.as_user(follower, get.clone())).await), Code::Ok);
    let change = UpdatePostRequest {
        post: Some(Post { visibility: Visibility::Private.into(), ..post.clone() }),
        update_mask: Some(FieldMask { paths: vec!["visibility".to_owned()] }),
    };
    assert_eq!(code(content.update_post(harness.as_user(author, change)).await), Code::Ok);
    assert_eq!(code(content.get_post(harness.as_user(follower, get)).await), Code::NotFound);
    let batch = harness.as_user(author, BatchGetCountersRequest { post_ids: vec![post.post_id] });
    assert_eq!(content.batch_get_counters(batch).await.unwrap().into_inner().counters.len(), 1);
}

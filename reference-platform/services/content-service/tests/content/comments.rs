//! Comments and answers.

use social_proto::content::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{Harness, code, id};

impl Harness {
    async fn comment(&self, author: Uuid, post_id: &str, parent_id: &str) -> Comment {
        let request = CreateCommentRequest {
            request_id: id(),
            post_id: post_id.to_owned(),
            parent_id: parent_id.to_owned(),
            text: "well said".to_owned(),
        };
        self.content.clone().create_comment(self.as_user(author, request)).await.unwrap().into_inner().comment.unwrap()
    }

    async fn comments(&self, post_id: &str, parent_id: &str, page_size: i32) -> Vec<Comment> {
        let (mut comments, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListCommentsRequest {
                post_id: post_id.to_owned(),
                parent_id: parent_id.to_owned(),
                page_size,
                page_token,
            };
            let page =
                self.content.clone().list_comments(self.as_user(Uuid::now_v7(), request)).await.unwrap().into_inner();
            comments.extend(page.comments);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return comments;
            }
        }
    }

    async fn comment_count(&self, post_id: &str) -> i64 {
        sqlx::query_scalar(
            "SELECT coalesce(sum(count), 0)::bigint FROM post_counters WHERE kind = 0 AND post_id = $1::uuid",
        )
        .bind(post_id)
        .fetch_one(self.database.pool())
        .await
        .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comments_and_answers_are_listed_oldest_first() {
    let harness = Harness::start().await;
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    let post_id = harness.publish(author, "say something", Visibility::Public).await.post_id;
    let mut written = Vec::new();
    for _ in 0..5 {
        written.push(harness.comment(reader, &post_id, "").await);
    }
    let answers = [harness.comment(author, &post_id, &written[0].comment_id).await];
    assert_eq!(harness.comments(&post_id, "", 2).await, written);
    assert_eq!(harness.comments(&post_id, &written[0].comment_id, 2).await, answers);
    assert_eq!(harness.comment_count(&post_id).await, 6);

    let delete = DeleteCommentRequest { comment_id: written[0].comment_id.clone() };
    harness.content.clone().delete_comment(harness.as_user(reader, delete)).await.unwrap();
    assert_eq!(harness.comments(&post_id, "", 2).await, written[1..]);
    assert_eq!(harness.comments(&post_id, &written[0].comment_id, 2).await, answers, "answers stay");
    assert_eq!(harness.comment_count(&post_id).await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_is_made_once_and_where_it_can_be() {
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let (author, reader) = (Uuid::now_v7(), Uuid::now_v7());
    let post_id = harness.publish(author, "say something", Visibility::Public).await.post_id;
    let elsewhere = harness.publish(author, "or here", Visibility::Public).await.post_id;
    let request = CreateCommentRequest {
        request_id: id(),
        post_id: post_id.clone(),
        parent_id: String::new(),
        text: "well said".to_owned(),
    };
    let first = content.create_comment(harness.as_user(reader, request.clone())).await.unwrap().into_inner();
    let again = content.create_comment(harness.as_user(reader, request.clone())).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = CreateCommentRequest { text: "badly said".to_owned(), ..request.clone() };
    assert_eq!(code(content.create_comment(harness.as_user(reader, other)).await), Code::FailedPrecondition);
    let comment_id = first.comment.clone().unwrap().comment_id;
    for (post_id, parent_id) in [(elsewhere.as_str(), comment_id.as_str()), (&post_id, &id()), (&id(), "")] {
        let request = CreateCommentRequest {
            request_id: id(),
            post_id: post_id.to_owned(),
            parent_id: parent_id.to_owned(),
            text: "nowhere".to_owned(),
        };
        assert_eq!(code(content.create_comment(harness.as_user(reader, request)).await), Code::NotFound);
    }
    assert_eq!(harness.comment_count(&post_id).await + harness.comment_count(&elsewhere).await, 1);

    content.delete_post(harness.as_user(author, DeletePostRequest { post_id })).await.unwrap();
    let still = content.create_comment(harness.as_user(reader, request)).await.unwrap().into_inner();
    assert_eq!(still, first, "the stored answer outlives the post");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comments_are_deleted_by_both_authors() {
    let harness = Harness::start().await;
    let mut content = harness.content.clone();
    let (author, reader, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let post_id = harness.publish(author, "say something", Visibility::Public).await.post_id;
    let mine = harness.comment(reader, &post_id, "").await.comment_id;
    let yours = harness.comment(reader, &post_id, "").await.comment_id;
    let delete = |comment_id: &str| DeleteCommentRequest { comment_id: comment_id.to_owned() };
    assert_eq!(code(content.delete_comment(harness.as_user(other, delete(&mine))).await), Code::PermissionDenied);
    assert_eq!(code(content.delete_comment(harness.as_service(delete(&mine))).await), Code::PermissionDenied);
    for (caller, comment_id) in [(reader, &mine), (reader, &mine), (author, &yours), (other, &yours)] {
        content.delete_comment(harness.as_user(caller, delete(comment_id))).await.unwrap();
    }
    assert_eq!(harness.comment_count(&post_id).await, 0);
    assert_eq!(harness.outbox().await, 5, "one post, two comments that came and went");
}

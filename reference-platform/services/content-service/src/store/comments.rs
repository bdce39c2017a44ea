//! Comments on posts.

use social_database::{Result, answers, retry, timed};
use social_proto::content::v1::{CommentCreated, CommentDeleted, CreateCommentResponse, content_event};
use social_runtime::Error;
use uuid::Uuid;

use super::rows::CommentRow;
use super::{Locked, Store, counters};
use crate::convert;
use crate::domain::{Comment, Visibility};

impl Store {
    /// One comment. That its post is deleted does not matter here.
    pub async fn comment(&self, comment_id: Uuid) -> Result<Option<Comment>> {
        let query = sqlx::query_as!(
            CommentRow,
            "SELECT comment_id, post_id, parent_id, author_id, text, create_time FROM comments WHERE comment_id = $1",
            comment_id
        );
        Ok(timed("comments.get", query.fetch_optional(&self.pool)).await?.map(Comment::from))
    }

    /// Comments about the post itself that are younger than `after`, oldest first.
    pub async fn comments_of(&self, post_id: Uuid, after: Uuid, limit: i64) -> Result<Vec<Comment>> {
        let query = sqlx::query_as!(
            CommentRow,
            "SELECT comment_id, post_id, parent_id, author_id, text, create_time FROM comments
             WHERE post_id = $1 AND parent_id IS NULL AND comment_id > $2 ORDER BY comment_id LIMIT $3",
            post_id,
            after,
            limit
        );
        let rows = timed("comments.of_post", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Comment::from).collect())
    }

    /// Answers to a comment that are younger than `after`, oldest first.
    pub async fn answers_to(&self, post_id: Uuid, parent_id: Uuid, after: Uuid, limit: i64) -> Result<Vec<Comment>> {
        let query = sqlx::query_as!(
            CommentRow,
            "SELECT comment_id, post_id, parent_id, author_id, text, create_time FROM comments
             WHERE post_id = $1 AND parent_id = $2 AND comment_id > $3 ORDER BY comment_id LIMIT $4",
            post_id,
            parent_id,
            after,
            limit
        );
        let rows = timed("comments.of_comment", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Comment::from).collect())
    }

    /// Adds a comment to a post whose visibility was `seen` when its author was let in, once for each request.
    ///
    /// # Errors
    /// NOT_FOUND if the post or the comment that is answered is gone; ABORTED if the visibility has changed.
    pub async fn create_comment(
        &self,
        comment: &Comment,
        seen: Visibility,
        once: &answers::Key,
    ) -> Result<CreateCommentResponse> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(answer) = answers::find(&mut transaction, once).await? {
                return Ok(answer);
            }
            let post = Locked::as_seen(&mut transaction, comment.post_id, seen).await?;
            // Comments of a locked post are not deleted meanwhile.
            let inserted = sqlx::query!(
                "INSERT INTO comments (comment_id, post_id, parent_id, author_id, text, create_time)
                 SELECT $1, $2, $3, $4, $5, $6
                 WHERE $3::uuid IS NULL OR EXISTS (SELECT FROM comments WHERE comment_id = $3 AND post_id = $2)",
                comment.id,
                comment.post_id,
                comment.parent_id,
                comment.author_id,
                comment.text,
                comment.create_time
            )
            .execute(&mut *transaction)
            .await?;
            if inserted.rows_affected() == 0 {
                return Err(Error::not_found("there is no such comment on this post").into());
            }
            counters::add(&mut transaction, comment.post_id, counters::COMMENTS).await?;
            let created = CommentCreated { comment: Some(convert::comment(comment)) };
            post.tell(&mut transaction, content_event::Event::CommentCreated(created)).await?;
            let response = CreateCommentResponse { comment: Some(convert::comment(comment)) };
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok(response)
        })
        .await
    }

    /// Deletes a comment. One that is gone is no error.
    pub async fn delete_comment(&self, post_id: Uuid, comment_id: Uuid) -> Result<()> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(post) = Locked::find(&mut transaction, post_id).await? else { return Ok(()) };
            let deleted =
                sqlx::query!("DELETE FROM comments WHERE comment_id = $1 AND post_id = $2", comment_id, post_id)
                    .execute(&mut *transaction)
                    .await?;
            if deleted.rows_affected() == 0 {
                return Ok(());
            }
            counters::subtract(&mut transaction, post_id, counters::COMMENTS).await?;
            let deleted = CommentDeleted { comment_id: comment_id.to_string() };
            post.tell(&mut transaction, content_event::Event::CommentDeleted(deleted)).await?;
            Ok(transaction.commit().await?)
        })
        .await
    }
}

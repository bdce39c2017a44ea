//! Posts themselves. Reads leave deleted ones out.

use std::collections::HashMap;

use social_database::{Result, answers, retry, timed};
use social_proto::content::v1::{CreatePostResponse, PostChanged, PostDeleted, PostPublished, content_event};
use social_runtime::Error;
use uuid::Uuid;

use super::rows::{PostRow, visibility_number};
use super::{Locked, Store, post_not_found};
use crate::convert;
use crate::domain::{Post, Visibility, now};

impl Store {
    /// One post.
    pub async fn post(&self, post_id: Uuid) -> Result<Option<Post>> {
        let query = sqlx::query_as!(
            PostRow,
            "SELECT post_id, author_id, text, media_ids, visibility, tags, create_time, edit_time, version
             FROM posts WHERE post_id = $1 AND delete_time IS NULL",
            post_id
        );
        Ok(timed("posts.get", query.fetch_optional(&self.pool)).await?.map(Post::from))
    }

    /// Posts by ids, at most 100. Unknown ones are left out.
    pub async fn posts(&self, post_ids: &[Uuid]) -> Result<HashMap<Uuid, Post>> {
        let query = sqlx::query_as!(
            PostRow,
            "SELECT post_id, author_id, text, media_ids, visibility, tags, create_time, edit_time, version
             FROM posts WHERE post_id = ANY ($1) AND delete_time IS NULL LIMIT 100",
            post_ids
        );
        let rows = timed("posts.get_many", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(|row| (row.post_id, row.into())).collect())
    }

    /// Posts of an author that are older than `before`, newest first, none with a narrower visibility than `narrowest`.
    pub async fn posts_of(
        &self,
        author_id: Uuid,
        narrowest: Visibility,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<Post>> {
        let query = sqlx::query_as!(
            PostRow,
            "SELECT post_id, author_id, text, media_ids, visibility, tags, create_time, edit_time, version
             FROM posts WHERE author_id = $1 AND visibility <= $2 AND post_id < $3 AND delete_time IS NULL
             ORDER BY post_id DESC LIMIT $4",
            author_id,
            visibility_number(narrowest),
            before,
            limit
        );
        let rows = timed("posts.of_author", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Post::from).collect())
    }

    /// Publishes a post, once for each request.
    pub async fn create_post(&self, post: &Post, once: &answers::Key) -> Result<CreatePostResponse> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(answer) = answers::find(&mut transaction, once).await? {
                return Ok(answer);
            }
            sqlx::query!(
                "INSERT INTO posts (post_id, author_id, text, media_ids, visibility, tags, create_time)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                post.id,
                post.author_id,
                post.text,
                &post.media_ids,
                visibility_number(post.visibility),
                &post.tags,
                post.create_time
            )
            .execute(&mut *transaction)
            .await?;
            let published = PostPublished { post: Some(convert::post(post)) };
            locked(post).tell(&mut transaction, content_event::Event::PostPublished(published)).await?;
            let response = CreatePostResponse { post: Some(convert::post(post)) };
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok(response)
        })
        .await
    }

    /// Stores a changed post.
    ///
    /// # Errors
    /// ABORTED unless the stored version is the one before; NOT_FOUND.
    pub async fn update_post(&self, post: &Post) -> Result<()> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let stored = Locked::find(&mut transaction, post.id).await?.ok_or_else(post_not_found)?;
            if stored.version + 1 != post.version {
                return Err(etag_outdated().into());
            }
            sqlx::query!(
                "UPDATE posts SET text = $2, media_ids = $3, visibility = $4, tags = $5, edit_time = $6, version = $7
                 WHERE post_id = $1",
                post.id,
                post.text,
                &post.media_ids,
                visibility_number(post.visibility),
                &post.tags,
                post.edit_time,
                post.version
            )
            .execute(&mut *transaction)
            .await?;
            let changed = PostChanged { post: Some(convert::post(post)) };
            stored.tell(&mut transaction, content_event::Event::PostChanged(changed)).await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// Marks a post as deleted: from now on nobody finds it. [`Store::purge_batch`] removes it. One that is gone is no error.
    pub async fn delete_post(&self, post_id: Uuid) -> Result<()> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(stored) = Locked::find(&mut transaction, post_id).await? else { return Ok(()) };
            sqlx::query!("UPDATE posts SET delete_time = $2 WHERE post_id = $1", post_id, now())
                .execute(&mut *transaction)
                .await?;
            stored.tell(&mut transaction, content_event::Event::PostDeleted(PostDeleted {})).await?;
            Ok(transaction.commit().await?)
        })
        .await
    }
}

/// A row that this transaction has made is locked by it.
fn locked(post: &Post) -> Locked {
    Locked { post_id: post.id, author_id: post.author_id, visibility: post.visibility, version: post.version }
}

/// What the author is told whose change began with an older post.
pub fn etag_outdated() -> Error {
    Error::aborted("the post has been changed since; read it again")
}

//! Use cases of comments.

use social_auth::Caller;
use social_database::answers;
use social_proto::content::v1::{
    CreateCommentRequest, CreateCommentResponse, DeleteCommentRequest, DeleteCommentResponse, ListCommentsRequest,
    ListCommentsResponse,
};
use social_runtime::Error;
use uuid::Uuid;

use super::{App, input, viewer};
use crate::convert;
use crate::domain::{Comment, now};

/// Under this name answers are stored.
const CREATE_COMMENT: &str = "social.content.v1.ContentService/CreateComment";

impl App {
    /// Comments on a post or answers a comment.
    pub async fn create_comment(
        &self,
        caller: &Caller,
        request: CreateCommentRequest,
    ) -> Result<CreateCommentResponse, Error> {
        let author_id = caller.account_id()?;
        let (request_id, post_id, parent_id) = input::create_comment(&request)?;
        let once = answers::Key::new(author_id, CREATE_COMMENT, request_id, &request);
        // The post may be gone or hidden by now: whoever repeats a request learns what became of it.
        if let Some(answer) = self.store.answer(&once).await? {
            return Ok(answer);
        }
        let post = self.stored_post_for(&viewer(caller)?, post_id).await?;
        let comment =
            Comment { id: Uuid::now_v7(), post_id, parent_id, author_id, text: request.text, create_time: now() };
        Ok(self.store.create_comment(&comment, post.visibility, &once).await?)
    }

    /// A page of the comments of a post, or of the answers to a comment, which itself may be gone.
    pub async fn list_comments(
        &self,
        caller: &Caller,
        request: ListCommentsRequest,
    ) -> Result<ListCommentsResponse, Error> {
        let viewer = viewer(caller)?;
        let page = input::list_comments(&request)?;
        self.post_for(&viewer, page.post_id).await?;
        let limit = page.size as i64 + 1;
        let mut comments = match page.parent_id {
            None => self.store.comments_of(page.post_id, page.after, limit).await?,
            Some(parent_id) => self.store.answers_to(page.post_id, parent_id, page.after, limit).await?,
        };
        let more = comments.len() > page.size;
        comments.truncate(page.size);
        let next_page_token = match comments.last() {
            Some(last) if more => page.query.token(&last.id),
            Some(_) | None => String::new(),
        };
        Ok(ListCommentsResponse { comments: comments.iter().map(convert::comment).collect(), next_page_token })
    }

    /// Deletes a comment of the caller, or one on a post of the caller.
    pub async fn delete_comment(
        &self,
        caller: &Caller,
        request: DeleteCommentRequest,
    ) -> Result<DeleteCommentResponse, Error> {
        let account_id = caller.account_id()?;
        let comment_id = input::id("comment_id", &request.comment_id)?;
        let Some(comment) = self.store.comment(comment_id).await? else { return Ok(DeleteCommentResponse {}) };
        if comment.author_id != account_id {
            let post = self.stored_post_for(&viewer(caller)?, comment.post_id).await?;
            if post.author_id != account_id {
                return Err(Error::permission_denied("only its author and the author of the post delete a comment"));
            }
        }
        self.store.delete_comment(comment.post_id, comment_id).await?;
        Ok(DeleteCommentResponse {})
    }
}

//! Use cases of posts and their counters.

use std::collections::HashMap;

use social_auth::Caller;
use social_database::answers;
use social_proto::content::v1::{
    BatchGetCountersRequest, BatchGetCountersResponse, BatchGetPostsRequest, BatchGetPostsResponse, CreatePostRequest,
    CreatePostResponse, DeletePostRequest, DeletePostResponse, GetPostRequest, GetPostResponse, ListPostsRequest,
    ListPostsResponse, UpdatePostRequest, UpdatePostResponse,
};
use social_runtime::Error;
use tracing::Instrument;
use uuid::Uuid;

use super::{App, input, viewer};
use crate::convert;
use crate::domain::{Post, Viewer, narrowest, readable};
use crate::store::etag_outdated;

/// Under this name answers are stored.
const CREATE_POST: &str = "social.content.v1.ContentService/CreatePost";

impl App {
    /// Publishes a post.
    pub async fn create_post(&self, caller: &Caller, request: CreatePostRequest) -> Result<CreatePostResponse, Error> {
        let author_id = caller.account_id()?;
        let (request_id, draft) = input::create_post(&request)?;
        let once = answers::Key::new(author_id, CREATE_POST, request_id, &request);
        // Before neighbours are asked, who may be away or meanwhile of another opinion.
        if let Some(answer) = self.store.answer(&once).await? {
            return Ok(answer);
        }
        self.media.check(author_id, caller.token(), &draft.media_ids).await?;
        let post = Post::publish(author_id, draft);
        Ok(self.store.create_post(&post, &once).await?)
    }

    /// One post.
    pub async fn get_post(&self, caller: &Caller, request: GetPostRequest) -> Result<GetPostResponse, Error> {
        let viewer = viewer(caller)?;
        let post_id = input::id("post_id", &request.post_id)?;
        let post = self.post_for(&viewer, post_id).await?;
        Ok(GetPostResponse { post: Some(convert::post(&post)) })
    }

    /// Posts by ids.
    pub async fn batch_get_posts(
        &self,
        caller: &Caller,
        request: BatchGetPostsRequest,
    ) -> Result<BatchGetPostsResponse, Error> {
        let viewer = viewer(caller)?;
        let post_ids = input::batch_get_posts(&request)?;
        let posts = self.posts_for(&viewer, &post_ids).await?;
        Ok(BatchGetPostsResponse { posts: posts.iter().map(convert::post).collect() })
    }

    /// A page of the posts of an author.
    pub async fn list_posts(&self, caller: &Caller, request: ListPostsRequest) -> Result<ListPostsResponse, Error> {
        let viewer = viewer(caller)?;
        let page = input::list_posts(&request)?;
        let narrowest = narrowest(&self.users, &viewer, page.author_id).await;
        // One more than asked for tells whether there is another page.
        let limit = page.size as i64 + 1;
        let mut posts = self.store.posts_of(page.author_id, narrowest, page.before, limit).await?;
        let more = posts.len() > page.size;
        posts.truncate(page.size);
        let next_page_token = match posts.last() {
            Some(last) if more => page.query.token(&last.id),
            Some(_) | None => String::new(),
        };
        Ok(ListPostsResponse { posts: posts.iter().map(convert::post).collect(), next_page_token })
    }

    /// Changes a post of the caller.
    pub async fn update_post(&self, caller: &Caller, request: UpdatePostRequest) -> Result<UpdatePostResponse, Error> {
        let author_id = caller.account_id()?;
        let update = input::update_post(&request)?;
        let post = self.stored_post_for(&viewer(caller)?, update.post_id).await?;
        if post.author_id != author_id {
            return Err(Error::permission_denied("only the author changes a post"));
        }
        if post.etag() != update.etag {
            return Err(etag_outdated());
        }
        let Some(changed) = post.changed(update.change) else {
            return Ok(UpdatePostResponse { post: Some(convert::post(&post)) });
        };
        if changed.is_empty() {
            return Err(Error::invalid("post.text", "is required unless there is media"));
        }
        // What the post has already was checked when it came.
        let mut new_media = changed.media_ids.clone();
        new_media.retain(|media_id| !post.media_ids.contains(media_id));
        self.media.check(author_id, caller.token(), &new_media).await?;

        let response = UpdatePostResponse { post: Some(convert::post(&changed)) };
        let app = self.clone();
        to_the_end(async move {
            app.store.update_post(&changed).await?;
            app.forget(changed.id).await;
            Ok(())
        })
        .await?;
        Ok(response)
    }

    /// Deletes a post of the caller.
    pub async fn delete_post(&self, caller: &Caller, request: DeletePostRequest) -> Result<DeletePostResponse, Error> {
        let author_id = caller.account_id()?;
        let post_id = input::id("post_id", &request.post_id)?;
        let Some(post) = self.store.post(post_id).await? else { return Ok(DeletePostResponse {}) };
        if post.author_id != author_id {
            self.shown_to(&viewer(caller)?, Some(post)).await?;
            return Err(Error::permission_denied("only the author deletes a post"));
        }
        let app = self.clone();
        to_the_end(async move {
            app.store.delete_post(post_id).await?;
            app.forget(post_id).await;
            Ok(())
        })
        .await?;
        Ok(DeletePostResponse {})
    }

    /// Counters of posts that the caller may see.
    pub async fn batch_get_counters(
        &self,
        caller: &Caller,
        request: BatchGetCountersRequest,
    ) -> Result<BatchGetCountersResponse, Error> {
        let viewer = viewer(caller)?;
        let post_ids = input::batch_get_counters(&request)?;
        let shown: Vec<Uuid> = self.posts_for(&viewer, &post_ids).await?.iter().map(|post| post.id).collect();
        let load = |missing: Vec<Uuid>| async move {
            let mut counters = self.store.counters(&missing).await?;
            // That nothing was counted yet is worth remembering too.
            let all = missing.into_iter().map(|post_id| (post_id, counters.remove(&post_id).unwrap_or_default()));
            Ok::<_, social_database::Error>(all.collect::<HashMap<_, _>>())
        };
        let counters = self.counters.get_many_or_load(&shown, load).await?;
        let counters = counters.iter().map(|(post_id, counters)| convert::counters(*post_id, counters));
        Ok(BatchGetCountersResponse { counters: counters.collect() })
    }

    /// Those of the posts that the viewer may see, by one read of the cache.
    async fn posts_for(&self, viewer: &Viewer, post_ids: &[Uuid]) -> Result<Vec<Post>, Error> {
        let load = |missing: Vec<Uuid>| async move { self.store.posts(&missing).await };
        let mut posts = self.posts.get_many_or_load(post_ids, load).await?;
        let found = post_ids.iter().filter_map(|post_id| posts.remove(post_id)).collect();
        Ok(readable(&self.users, viewer, found).await)
    }
}

/// Goes on even if the caller hangs up: what was committed must leave the cache.
async fn to_the_end(work: impl Future<Output = Result<(), Error>> + Send + 'static) -> Result<(), Error> {
    tokio::spawn(work.in_current_span()).await.map_err(Error::internal)?
}

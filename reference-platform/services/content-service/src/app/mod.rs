//! Use cases, in the words of the contract: each checks what comes in, decides who may, and stores. Both edges call these.

mod comments;
mod input;
mod posts;
mod reactions;

use social_auth::{Caller, Kind};
use social_cache::Cache;
use social_runtime::Error;
use uuid::Uuid;

use crate::domain::{Counters, Post, Viewer, readable};
use crate::neighbours::{Media, Users};
use crate::store::{Store, post_not_found};

/// The service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    store: Store,
    posts: Cache<Post>,
    counters: Cache<Counters>,
    users: Users,
    media: Media,
}

impl App {
    /// On its stores and neighbours.
    pub fn new(store: Store, posts: Cache<Post>, counters: Cache<Counters>, users: Users, media: Media) -> Self {
        App { store, posts, counters, users, media }
    }

    /// A post that the viewer may see, possibly from the cache.
    async fn post_for(&self, viewer: &Viewer, post_id: Uuid) -> Result<Post, Error> {
        let post = self.posts.get_or_load(post_id, || self.store.post(post_id)).await?;
        self.shown_to(viewer, post).await
    }

    /// A post that the viewer may see, as it is stored now: before something is done because of it.
    async fn stored_post_for(&self, viewer: &Viewer, post_id: Uuid) -> Result<Post, Error> {
        let post = self.store.post(post_id).await?;
        self.shown_to(viewer, post).await
    }

    async fn shown_to(&self, viewer: &Viewer, post: Option<Post>) -> Result<Post, Error> {
        readable(&self.users, viewer, post.into_iter().collect()).await.pop().ok_or_else(post_not_found)
    }

    /// After the commit of a change. If Redis is away the old post may be served until it expires there.
    async fn forget(&self, post_id: Uuid) {
        if let Err(error) = self.posts.invalidate(post_id).await {
            tracing::warn!(%error, "a changed post stays in the cache");
        }
    }
}

/// Services read everything on their own behalf.
fn viewer(caller: &Caller) -> Result<Viewer, Error> {
    if let Kind::Service(_) = &caller.kind {
        caller.require_scope(social_auth::INTERNAL)?;
        return Ok(Viewer::Platform);
    }
    Ok(Viewer::User { account_id: caller.account_id()?, token: caller.token().to_owned() })
}

//! Posts, by content-service.

use std::collections::HashSet;

use social_auth::ServiceIdentity;
use social_client::{GrpcChannel, with_bearer};
use social_proto::content::v1::content_service_client::ContentServiceClient;
use social_proto::content::v1::{BatchGetPostsRequest, ListPostsRequest, Post, Visibility};
use social_runtime::{Error, Result, timestamp};
use tonic::Code;
use tonic::service::interceptor::InterceptedService;
use uuid::Uuid;

use super::unavailable;
use crate::domain::{Entry, micros};

/// How many of an author's posts come into a feed at once.
const LATEST: i32 = 20;

/// A client of content-service.
#[derive(Clone)]
pub struct Posts {
    for_readers: ContentServiceClient<GrpcChannel>,
    for_itself: ContentServiceClient<InterceptedService<GrpcChannel, ServiceIdentity>>,
}

impl Posts {
    /// Which asks for readers with their token, and else on behalf of this service.
    pub fn new(channel: GrpcChannel, identity: ServiceIdentity) -> Self {
        Posts {
            for_readers: ContentServiceClient::new(channel.clone()),
            for_itself: ContentServiceClient::with_interceptor(channel, identity),
        }
    }

    /// The latest posts of an author that followers may see.
    pub async fn latest(&self, author_id: Uuid) -> Result<Vec<Entry>> {
        let request =
            ListPostsRequest { author_id: author_id.to_string(), page_size: LATEST, page_token: String::new() };
        match self.for_itself.clone().list_posts(request).await {
            // A service is shown what is private, too.
            Ok(response) => {
                Ok(response.into_inner().posts.iter().filter(|post| shown(post)).filter_map(entry).collect())
            }
            Err(status) if status.code() == Code::NotFound => Ok(Vec::new()),
            Err(status) => Err(unavailable("content-service", status)),
        }
    }

    /// Which of these posts, at most 100, the owner of the token may see now.
    pub async fn visible(&self, token: &str, post_ids: &[Uuid]) -> Result<HashSet<Uuid>> {
        if post_ids.is_empty() {
            return Ok(HashSet::new());
        }
        let request = BatchGetPostsRequest { post_ids: post_ids.iter().map(Uuid::to_string).collect() };
        let request = with_bearer(request, token).map_err(Error::internal)?;
        match self.for_readers.clone().batch_get_posts(request).await {
            Ok(response) => {
                Ok(response.into_inner().posts.iter().filter_map(|post| post.post_id.parse().ok()).collect())
            }
            Err(status) if status.code() == Code::Unauthenticated => {
                Err(Error::unauthenticated("the access token does not hold any more"))
            }
            Err(status) => Err(unavailable("content-service", status)),
        }
    }
}

/// Whether a post comes into feeds of others.
pub fn shown(post: &Post) -> bool {
    matches!(post.visibility(), Visibility::Public | Visibility::Followers)
}

/// `None` when it is not what the contract promises.
pub fn entry(post: &Post) -> Option<Entry> {
    let time = post.create_time.as_ref().and_then(timestamp::from_proto)?;
    Some(Entry { post_id: post.post_id.parse().ok()?, author_id: post.author_id.parse().ok()?, time: micros(time) })
}

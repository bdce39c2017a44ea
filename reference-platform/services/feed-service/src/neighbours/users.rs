//! Who follows whom, by user-service. All is asked on behalf of this service.

use std::collections::HashMap;

use social_auth::ServiceIdentity;
use social_cache::Cache;
use social_client::GrpcChannel;
use social_proto::user::v1::user_service_client::UserServiceClient;
use social_proto::user::v1::{BatchGetProfilesRequest, GraphEntry, ListFollowersRequest, ListFollowingRequest};
use social_runtime::{Error, Result, timestamp};
use tonic::Code;
use tonic::service::interceptor::InterceptedService;
use uuid::Uuid;

use super::unavailable;
use crate::domain::{Micros, micros};

/// The largest page of user-service, and the largest batch.
const PAGE: usize = 100;

/// A client of user-service.
#[derive(Clone)]
pub struct Users {
    client: UserServiceClient<InterceptedService<GrpcChannel, ServiceIdentity>>,
    follower_counts: Cache<i64>,
}

impl Users {
    /// With a cache of how many followers authors have.
    pub fn new(channel: GrpcChannel, identity: ServiceIdentity, follower_counts: Cache<i64>) -> Self {
        Users { client: UserServiceClient::with_interceptor(channel, identity), follower_counts }
    }

    /// A page of those who follow an author, and the token of the next one, empty on the last. Nobody follows an unknown author.
    pub async fn followers(&self, author_id: Uuid, page_token: String) -> Result<(Vec<Uuid>, String)> {
        let request = ListFollowersRequest { user_id: author_id.to_string(), page_size: PAGE as i32, page_token };
        match self.client.clone().list_followers(request).await {
            Ok(response) => {
                let page = response.into_inner();
                Ok((
                    page.followers.iter().filter_map(|entry| entry.user_id.parse().ok()).collect(),
                    page.next_page_token,
                ))
            }
            Err(status) if status.code() == Code::NotFound => Ok((Vec::new(), String::new())),
            Err(status) => Err(unavailable("user-service", status)),
        }
    }

    /// Whom a reader follows and since when, those who were followed last first, at most `most` of them. `None` for an unknown reader.
    pub async fn following(&self, reader_id: Uuid, most: usize) -> Result<Option<Vec<(Uuid, Micros)>>> {
        let mut following = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListFollowingRequest { user_id: reader_id.to_string(), page_size: PAGE as i32, page_token };
            let page = match self.client.clone().list_following(request).await {
                Ok(response) => response.into_inner(),
                Err(status) if status.code() == Code::NotFound => return Ok(None),
                Err(status) => return Err(unavailable("user-service", status)),
            };
            following.extend(page.following.iter().filter_map(followed));
            page_token = page.next_page_token;
            if page_token.is_empty() || following.len() >= most {
                following.truncate(most);
                return Ok(Some(following));
            }
        }
    }

    /// How many followers authors have. Unknown authors are left out.
    pub async fn follower_counts(&self, author_ids: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
        self.follower_counts.get_many_or_load(author_ids, |missing| self.load_follower_counts(missing)).await
    }

    async fn load_follower_counts(&self, author_ids: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Error> {
        let mut counts = HashMap::with_capacity(author_ids.len());
        for author_ids in author_ids.chunks(PAGE) {
            let request = BatchGetProfilesRequest { user_ids: author_ids.iter().map(Uuid::to_string).collect() };
            let answer = self.client.clone().batch_get_profiles(request).await;
            let profiles = answer.map_err(|status| unavailable("user-service", status))?.into_inner().profiles;
            counts.extend(
                profiles.iter().filter_map(|profile| Some((profile.user_id.parse().ok()?, profile.follower_count))),
            );
        }
        Ok(counts)
    }
}

fn followed(entry: &GraphEntry) -> Option<(Uuid, Micros)> {
    let since = entry.since.as_ref().and_then(timestamp::from_proto)?;
    Some((entry.user_id.parse().ok()?, micros(since)))
}

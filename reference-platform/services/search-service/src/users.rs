//! Who is hidden from a caller, by user-service.

use std::collections::HashSet;

use social_client::{GrpcChannel, with_bearer};
use social_proto::user::v1::BatchGetProfilesRequest;
use social_proto::user::v1::user_service_client::UserServiceClient;
use social_runtime::{Error, Result};
use tonic::Code;
use uuid::Uuid;

/// A client of user-service.
#[derive(Clone)]
pub struct Users {
    client: UserServiceClient<GrpcChannel>,
}

impl Users {
    /// On a channel to user-service.
    pub fn new(channel: GrpcChannel) -> Self {
        Users { client: UserServiceClient::new(channel) }
    }

    /// Which of these users, at most 100, the owner of the token may see: those who are gone or blocked are left out.
    ///
    /// # Errors
    /// UNAVAILABLE: without an answer nobody may be shown.
    pub async fn visible(&self, token: &str, user_ids: HashSet<Uuid>) -> Result<HashSet<Uuid>> {
        if user_ids.is_empty() {
            return Ok(user_ids);
        }
        let request = BatchGetProfilesRequest { user_ids: user_ids.iter().map(Uuid::to_string).collect() };
        let request = with_bearer(request, token).map_err(Error::internal)?;
        match self.client.clone().batch_get_profiles(request).await {
            Ok(response) => {
                Ok(response.into_inner().profiles.iter().filter_map(|profile| profile.user_id.parse().ok()).collect())
            }
            Err(status) if status.code() == Code::Unauthenticated => {
                Err(Error::unauthenticated("the access token does not hold any more"))
            }
            Err(status) => {
                Err(Error::unavailable("it cannot be told now who is hidden; tags can be searched").with_source(status))
            }
        }
    }
}

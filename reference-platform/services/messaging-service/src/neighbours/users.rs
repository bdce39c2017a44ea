//! Who may write to whom, by user-service.

use futures::{StreamExt, TryStreamExt, future, stream};
use social_client::{GrpcChannel, with_bearer};
use social_proto::user::v1::GetRelationshipRequest;
use social_proto::user::v1::user_service_client::UserServiceClient;
use social_runtime::Error;
use tonic::Code;
use uuid::Uuid;

/// Users that are asked for at the same time.
const CONCURRENCY: usize = 8;

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

    /// Lets pass if the account may begin a conversation with each of the users, at most 99.
    ///
    /// # Errors
    /// PERMISSION_DENIED where settings of a user or a block do not allow it, which is not told apart; NOT_FOUND for a user that is
    /// unknown; UNAVAILABLE.
    pub async fn may_begin(&self, account_id: Uuid, token: &str, user_ids: Vec<Uuid>) -> Result<(), Error> {
        stream::iter(user_ids)
            .map(|user_id| self.can_message(account_id, token, user_id))
            .buffer_unordered(CONCURRENCY)
            .try_for_each(|can_message| {
                let denied = || {
                    Error::permission_denied("somebody does not take messages of the caller").with_reason("NO_MESSAGES")
                };
                future::ready(if can_message { Ok(()) } else { Err(denied()) })
            })
            .await
    }

    async fn can_message(&self, account_id: Uuid, token: &str, user_id: Uuid) -> Result<bool, Error> {
        let request = GetRelationshipRequest { user_id: account_id.to_string(), other_user_id: user_id.to_string() };
        let request = with_bearer(request, token).map_err(Error::internal)?;
        let answer = self.client.clone().get_relationship(request).await.map_err(|status| match status.code() {
            Code::NotFound => Error::not_found("there is no such user"),
            Code::Unauthenticated => Error::unauthenticated("the access token does not hold any more"),
            _ => Error::unavailable("no conversation can begin now; those that there are go on").with_source(status),
        })?;
        let relationship = answer.into_inner();
        Ok(relationship.can_message && !relationship.blocked)
    }
}

//! Who is blocked by whom, by user-service. Answers are kept for a few seconds.

use social_cache::Cache;
use social_client::{GrpcChannel, with_bearer};
use social_proto::user::v1::GetRelationshipRequest;
use social_proto::user::v1::user_service_client::UserServiceClient;
use social_runtime::Error;
use tonic::Code;
use uuid::Uuid;

/// A client of user-service.
#[derive(Clone)]
pub struct Users {
    client: UserServiceClient<GrpcChannel>,
    /// By caller and owner, divided by a colon.
    blocked: Cache<bool>,
}

impl Users {
    /// With a cache whose values live as long as a new block may go unnoticed.
    pub fn new(channel: GrpcChannel, blocked: Cache<bool>) -> Self {
        Users { client: UserServiceClient::new(channel), blocked }
    }

    /// Whether one of both blocks the other, or is gone.
    ///
    /// # Errors
    /// UNAVAILABLE when nobody can tell.
    pub async fn blocked(&self, account_id: Uuid, token: &str, owner_id: Uuid) -> Result<bool, Error> {
        if account_id == owner_id {
            return Ok(false);
        }
        let key = format!("{account_id}:{owner_id}");
        let load = || async { self.ask(account_id, token, owner_id).await.map(Some) };
        let blocked = self.blocked.get_or_load(key, load).await?;
        Ok(blocked.unwrap_or(true))
    }

    async fn ask(&self, account_id: Uuid, token: &str, owner_id: Uuid) -> Result<bool, Error> {
        let request = GetRelationshipRequest { user_id: account_id.to_string(), other_user_id: owner_id.to_string() };
        match self.client.clone().get_relationship(with_bearer(request, token)?).await {
            Ok(response) => Ok(response.into_inner().blocked),
            Err(status) if status.code() == Code::NotFound => Ok(true),
            Err(status) => {
                tracing::warn!(code = ?status.code(), "no chat, user-service does not answer");
                Err(Error::unavailable("the chat is not available now").with_source(status))
            }
        }
    }
}

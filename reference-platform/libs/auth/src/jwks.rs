//! Where the public keys of auth-service come from.

use async_trait::async_trait;
use social_client::{GrpcChannel, Policy};
use social_proto::auth::v1::auth_service_client::AuthServiceClient;
use social_proto::auth::v1::{GetJwksRequest, GetJwksResponse};
use social_runtime::Error;

use crate::Settings;

/// Gives the keys that verify tokens of users. auth-service has one that reads its database, all others ask auth-service.
#[async_trait]
pub trait KeySource: Send + Sync + 'static {
    /// The keys, and how long they can be kept.
    async fn keys(&self) -> Result<GetJwksResponse, Error>;
}

/// Asks auth-service.
#[derive(Clone, Debug)]
pub struct AuthServiceKeys {
    client: AuthServiceClient<GrpcChannel>,
}

impl AuthServiceKeys {
    /// To be called within a Tokio runtime. Fails when the URL or a certificate cannot be used.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let policy = Policy { tls: settings.tls.client()?, ..Policy::default() };
        let channel = social_client::channel(&settings.auth_service_url, policy, "auth-service")?;
        Ok(Self { client: AuthServiceClient::new(channel) })
    }
}

#[async_trait]
impl KeySource for AuthServiceKeys {
    async fn keys(&self) -> Result<GetJwksResponse, Error> {
        Ok(self.client.clone().get_jwks(GetJwksRequest {}).await?.into_inner())
    }
}

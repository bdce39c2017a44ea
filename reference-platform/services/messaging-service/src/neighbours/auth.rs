//! Whether a token still holds, by auth-service.

use social_auth::Caller;
use social_client::{GrpcChannel, with_bearer};
use social_proto::auth::v1::IntrospectTokenRequest;
use social_proto::auth::v1::auth_service_client::AuthServiceClient;
use social_runtime::Error;
use tonic::Code;

/// A client of auth-service.
#[derive(Clone)]
pub struct Auth {
    client: AuthServiceClient<GrpcChannel>,
}

impl Auth {
    /// On a channel to auth-service.
    pub fn new(channel: GrpcChannel) -> Self {
        Auth { client: AuthServiceClient::new(channel) }
    }

    /// Refuses a caller whose session was revoked. When auth-service does not answer the signature alone decides, which was
    /// verified before.
    ///
    /// # Errors
    /// UNAUTHENTICATED.
    pub async fn check(&self, caller: &Caller) -> Result<(), Error> {
        let request = IntrospectTokenRequest { access_token: caller.token().to_owned() };
        let request = with_bearer(request, caller.token()).map_err(Error::internal)?;
        let revoked = || Error::unauthenticated("the access token does not hold any more").with_reason("TOKEN_INVALID");
        match self.client.clone().introspect_token(request).await {
            Ok(response) if response.get_ref().active => Ok(()),
            Ok(_) => Err(revoked()),
            Err(status) if status.code() == Code::Unauthenticated => Err(revoked().with_source(status)),
            Err(status) => {
                tracing::warn!(code = ?status.code(), "auth-service does not answer, the signature alone decides");
                metrics::counter!("messaging_degraded_total", "part" => "introspection").increment(1);
                Ok(())
            }
        }
    }
}

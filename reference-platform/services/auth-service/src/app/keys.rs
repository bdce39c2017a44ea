//! The keys that verify tokens.

use std::time::Duration;

use social_auth::{Caller, OPERATOR};
use social_database::answers;
use social_proto::auth::v1::{JsonWebKey, RotateSigningKeyRequest, RotateSigningKeyResponse};
use social_runtime::Result;
use social_runtime::validate::Validation;
use uuid::Uuid;

use super::App;
use crate::domain::JWKS_MAX_AGE;

/// Keys to publish.
pub struct PublicKeys {
    pub keys: Vec<JsonWebKey>,
    /// How long they can be kept.
    pub max_age: Duration,
}

impl App {
    /// For everybody.
    pub async fn public_keys(&self) -> Result<PublicKeys> {
        let ring = self.keys.publishing().await?;
        Ok(PublicKeys { keys: ring.published().to_vec(), max_age: JWKS_MAX_AGE })
    }

    /// For operators.
    pub async fn rotate_signing_key(&self, caller: &Caller, request_id: &str) -> Result<RotateSigningKeyResponse> {
        caller.require_scope(OPERATOR)?;
        let mut request = Validation::new();
        let id = request.uuid("request_id", request_id);
        request.finish()?;
        let request = RotateSigningKeyRequest { request_id: id.to_string() };
        let once = answers::Key::new(Uuid::nil(), "social.auth.v1.AuthService/RotateSigningKey", id, &request);
        self.keys.rotate(&once).await
    }
}

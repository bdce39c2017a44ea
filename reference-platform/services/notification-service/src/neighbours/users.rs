//! user-service: names for the words, on behalf of this service; language and time zone of a user, on behalf of the user. Nothing
//! waits for either: without an answer a text has no name in it, and settings stay as they were known.

use social_auth::ServiceIdentity;
use social_cache::Cache;
use social_client::{GrpcChannel, with_bearer};
use social_proto::user::v1::user_service_client::UserServiceClient;
use social_proto::user::v1::{BatchGetProfilesRequest, GetSettingsRequest};
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::domain::template::one_line;
use crate::domain::{locale, quiet};
use crate::store::UserSettings;

/// Most characters of a name in a text; that is what a profile may have.
const MAX_NAME: usize = 50;

/// A client of user-service.
#[derive(Clone)]
pub struct Users {
    as_service: UserServiceClient<InterceptedService<GrpcChannel, ServiceIdentity>>,
    as_user: UserServiceClient<GrpcChannel>,
    names: Cache<String>,
}

impl Users {
    /// On a channel to user-service.
    pub fn new(channel: GrpcChannel, identity: ServiceIdentity, names: Cache<String>) -> Self {
        Self {
            as_service: UserServiceClient::with_interceptor(channel.clone(), identity),
            as_user: UserServiceClient::new(channel),
            names,
        }
    }

    /// The display name of a user, or none when there is no profile or no answer.
    pub async fn name(&self, user_id: Uuid) -> Option<String> {
        match self.names.get_or_load(user_id, || self.ask_name(user_id)).await {
            Ok(name) => name,
            Err(status) => {
                tracing::warn!(code = ?status.code(), "a text has no name, user-service does not answer");
                metrics::counter!("notification_degraded_total", "part" => "name").increment(1);
                None
            }
        }
    }

    async fn ask_name(&self, user_id: Uuid) -> Result<Option<String>, Status> {
        let request = BatchGetProfilesRequest { user_ids: vec![user_id.to_string()] };
        let profiles = self.as_service.clone().batch_get_profiles(request).await?.into_inner().profiles;
        let name = profiles.into_iter().next().map(|profile| one_line(&profile.display_name, MAX_NAME));
        Ok(name.filter(|name| !name.is_empty()))
    }

    /// The account is gone, and its name with it.
    pub async fn forget(&self, user_id: Uuid) {
        if let Err(error) = self.names.invalidate(user_id).await {
            tracing::warn!(%error, "a name stays in the cache until it expires");
        }
    }

    /// Language and time zone of the user whose token this is; none when they are not to be had.
    pub async fn settings(&self, token: &str) -> Option<UserSettings> {
        match self.ask_settings(token).await {
            Ok(settings) => settings,
            // The profile has not come into being yet.
            Err(status) if status.code() == Code::NotFound => None,
            Err(status) => {
                tracing::warn!(code = ?status.code(), "settings stay as they were, user-service does not answer");
                metrics::counter!("notification_degraded_total", "part" => "settings").increment(1);
                None
            }
        }
    }

    async fn ask_settings(&self, token: &str) -> Result<Option<UserSettings>, Status> {
        let request = with_bearer(GetSettingsRequest {}, token)?;
        let Some(settings) = self.as_user.clone().get_settings(request).await?.into_inner().settings else {
            return Ok(None);
        };
        Ok(Some(UserSettings {
            locale: locale::canonical(&settings.locale).unwrap_or_else(|| locale::DEFAULT.to_owned()),
            time_zone: if quiet::is_time_zone(&settings.time_zone) { settings.time_zone } else { "UTC".to_owned() },
        }))
    }
}

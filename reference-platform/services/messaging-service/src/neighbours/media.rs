//! Whether media can be shown, by media-service.

use std::collections::HashMap;

use social_client::{GrpcChannel, with_bearer};
use social_proto::media::v1::media_service_client::MediaServiceClient;
use social_proto::media::v1::{BatchGetMediaRequest, Media as Medium, MediaState};
use social_runtime::Error;
use tonic::Code;
use uuid::Uuid;

/// A client of media-service.
#[derive(Clone)]
pub struct Media {
    client: MediaServiceClient<GrpcChannel>,
}

impl Media {
    /// On a channel to media-service.
    pub fn new(channel: GrpcChannel) -> Self {
        Media { client: MediaServiceClient::new(channel) }
    }

    /// Lets pass what belongs to the account and is ready.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for media that are unknown or somebody else's, which is not told apart; FAILED_PRECONDITION for what is
    /// not ready; UNAVAILABLE.
    pub async fn check(&self, account_id: Uuid, token: &str, media_ids: &[Uuid]) -> Result<(), Error> {
        let request = BatchGetMediaRequest { media_ids: media_ids.iter().map(Uuid::to_string).collect() };
        let request = with_bearer(request, token).map_err(Error::internal)?;
        let answer = self.client.clone().batch_get_media(request).await.map_err(|status| match status.code() {
            Code::Unauthenticated => Error::unauthenticated("the access token does not hold any more"),
            _ => Error::unavailable("media cannot be checked now; a message without media can be sent")
                .with_source(status),
        })?;
        let mine: HashMap<String, Medium> = answer
            .into_inner()
            .media
            .into_iter()
            .filter(|medium| medium.owner_id == account_id.to_string())
            .map(|medium| (medium.media_id.clone(), medium))
            .collect();
        for (at, media_id) in media_ids.iter().enumerate() {
            match mine.get(&media_id.to_string()).map(Medium::state) {
                Some(MediaState::Ready) => {}
                Some(MediaState::Failed) => {
                    return Err(Error::failed_precondition(format!("medium {media_id} is unusable")));
                }
                Some(MediaState::Processing | MediaState::Unspecified) => {
                    return Err(Error::failed_precondition(format!("medium {media_id} is not ready yet")));
                }
                None => return Err(Error::invalid(format!("media_ids[{at}]"), "is no medium of yours")),
            }
        }
        Ok(())
    }
}

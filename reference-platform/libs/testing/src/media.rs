//! media-service, as far as services ask it that show files.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use social_proto::media::v1::{BatchGetMediaRequest, BatchGetMediaResponse, Media, MediaState};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::neighbour::{self, authorization};

/// What was uploaded. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct FakeMedia(Arc<Uploads>);

#[derive(Debug, Default)]
struct Uploads {
    media: Mutex<HashMap<String, Media>>,
    down: AtomicBool,
}

impl FakeMedia {
    /// A file of that owner in that state; its id.
    pub fn upload(&self, owner: Uuid, state: MediaState) -> String {
        let media_id = Uuid::now_v7().to_string();
        let owner_id = owner.to_string();
        let medium = Media { media_id: media_id.clone(), owner_id, state: state.into(), ..Default::default() };
        self.0.media.lock().unwrap_or_else(PoisonError::into_inner).insert(media_id.clone(), medium);
        media_id
    }

    /// From now on all is UNAVAILABLE, or nothing.
    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }
}

#[tonic::async_trait]
impl neighbour::Media for FakeMedia {
    async fn batch_get_media(
        &self,
        request: Request<BatchGetMediaRequest>,
    ) -> Result<Response<BatchGetMediaResponse>, Status> {
        if self.0.down.load(Ordering::Relaxed) {
            return Err(Status::unavailable("down"));
        }
        authorization(&request)?;
        let known = self.0.media.lock().unwrap_or_else(PoisonError::into_inner);
        let media = request.into_inner().media_ids.iter().filter_map(|media_id| known.get(media_id).cloned()).collect();
        Ok(Response::new(BatchGetMediaResponse { media }))
    }
}

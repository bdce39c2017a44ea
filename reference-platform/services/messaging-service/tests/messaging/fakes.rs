//! user-service and media-service, as far as this service asks them.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use social_proto::media::v1::media_service_server::MediaService;
use social_proto::media::v1::{self as media, Media, MediaState};
use social_proto::user::v1::user_service_server::UserService;
use social_proto::user::v1::{self as user, GetRelationshipRequest, GetRelationshipResponse};
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

/// Who does not take messages of whom. Everybody else does.
#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Users>);

#[derive(Default)]
struct Users {
    refused: Mutex<HashSet<(String, String)>>,
    blocked: Mutex<HashSet<(String, String)>>,
    unknown: Mutex<HashSet<String>>,
    down: AtomicBool,
    calls: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl FakeUsers {
    /// The settings of `user` are against messages of `sender`.
    pub fn refuse(&self, user: Uuid, sender: Uuid) {
        self.0.refused.lock().unwrap().insert((sender.to_string(), user.to_string()));
    }

    pub fn block(&self, one: Uuid, other: Uuid) {
        self.0.blocked.lock().unwrap().insert((one.to_string(), other.to_string()));
    }

    pub fn forget(&self, user: Uuid) {
        self.0.unknown.lock().unwrap().insert(user.to_string());
    }

    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }

    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }

    pub fn most_at_once(&self) -> usize {
        self.0.most_at_once.load(Ordering::Relaxed)
    }
}

/// What was uploaded.
#[derive(Clone, Default)]
pub struct FakeMedia(Arc<Uploads>);

#[derive(Default)]
struct Uploads {
    media: Mutex<HashMap<String, Media>>,
    down: AtomicBool,
}

impl FakeMedia {
    pub fn upload(&self, owner: Uuid, state: MediaState) -> String {
        let media_id = Uuid::now_v7().to_string();
        let medium = Media {
            media_id: media_id.clone(),
            owner_id: owner.to_string(),
            state: state.into(),
            ..Default::default()
        };
        self.0.media.lock().unwrap().insert(media_id.clone(), medium);
        media_id
    }

    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }
}

/// Both are asked for a user, with the token of the user.
fn authorized<T>(request: &Request<T>) -> Result<(), Status> {
    request.metadata().get("authorization").map(|_| ()).ok_or_else(|| Status::unauthenticated("no token was passed on"))
}

fn not_needed<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("nobody asks for this"))
}

#[tonic::async_trait]
impl UserService for FakeUsers {
    async fn get_relationship(
        &self,
        request: Request<GetRelationshipRequest>,
    ) -> Result<Response<GetRelationshipResponse>, Status> {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        let at_once = self.0.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.most_at_once.fetch_max(at_once, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.0.at_once.fetch_sub(1, Ordering::Relaxed);
        if self.0.down.load(Ordering::Relaxed) {
            return Err(Status::unavailable("down"));
        }
        authorized(&request)?;
        let GetRelationshipRequest { user_id, other_user_id } = request.into_inner();
        if self.0.unknown.lock().unwrap().contains(&other_user_id) {
            return Err(Status::not_found("nobody"));
        }
        let blocks = self.0.blocked.lock().unwrap();
        let pair = (user_id.clone(), other_user_id.clone());
        let blocked = blocks.contains(&pair) || blocks.contains(&(other_user_id, user_id));
        let can_message = !blocked && !self.0.refused.lock().unwrap().contains(&pair);
        Ok(Response::new(GetRelationshipResponse { blocked, can_message, ..Default::default() }))
    }

    async fn get_profile(
        &self,
        _: Request<user::GetProfileRequest>,
    ) -> Result<Response<user::GetProfileResponse>, Status> {
        not_needed()
    }

    async fn batch_get_profiles(
        &self,
        _: Request<user::BatchGetProfilesRequest>,
    ) -> Result<Response<user::BatchGetProfilesResponse>, Status> {
        not_needed()
    }

    async fn update_profile(
        &self,
        _: Request<user::UpdateProfileRequest>,
    ) -> Result<Response<user::UpdateProfileResponse>, Status> {
        not_needed()
    }

    async fn get_settings(
        &self,
        _: Request<user::GetSettingsRequest>,
    ) -> Result<Response<user::GetSettingsResponse>, Status> {
        not_needed()
    }

    async fn update_settings(
        &self,
        _: Request<user::UpdateSettingsRequest>,
    ) -> Result<Response<user::UpdateSettingsResponse>, Status> {
        not_needed()
    }

    async fn follow(&self, _: Request<user::FollowRequest>) -> Result<Response<user::FollowResponse>, Status> {
        not_needed()
    }

    async fn unfollow(&self, _: Request<user::UnfollowRequest>) -> Result<Response<user::UnfollowResponse>, Status> {
        not_needed()
    }

    async fn block(&self, _: Request<user::BlockRequest>) -> Result<Response<user::BlockResponse>, Status> {
        not_needed()
    }

    async fn unblock(&self, _: Request<user::UnblockRequest>) -> Result<Response<user::UnblockResponse>, Status> {
        not_needed()
    }

    async fn list_followers(
        &self,
        _: Request<user::ListFollowersRequest>,
    ) -> Result<Response<user::ListFollowersResponse>, Status> {
        not_needed()
    }

    async fn list_following(
        &self,
        _: Request<user::ListFollowingRequest>,
    ) -> Result<Response<user::ListFollowingResponse>, Status> {
        not_needed()
    }

    async fn list_mutuals(
        &self,
        _: Request<user::ListMutualsRequest>,
    ) -> Result<Response<user::ListMutualsResponse>, Status> {
        not_needed()
    }

    async fn list_blocked(
        &self,
        _: Request<user::ListBlockedRequest>,
    ) -> Result<Response<user::ListBlockedResponse>, Status> {
        not_needed()
    }

    async fn list_suggestions(
        &self,
        _: Request<user::ListSuggestionsRequest>,
    ) -> Result<Response<user::ListSuggestionsResponse>, Status> {
        not_needed()
    }
}

#[tonic::async_trait]
impl MediaService for FakeMedia {
    async fn batch_get_media(
        &self,
        request: Request<media::BatchGetMediaRequest>,
    ) -> Result<Response<media::BatchGetMediaResponse>, Status> {
        if self.0.down.load(Ordering::Relaxed) {
            return Err(Status::unavailable("down"));
        }
        authorized(&request)?;
        let known = self.0.media.lock().unwrap();
        let media = request.into_inner().media_ids.iter().filter_map(|media_id| known.get(media_id).cloned()).collect();
        Ok(Response::new(media::BatchGetMediaResponse { media }))
    }

    async fn upload_media(
        &self,
        _: Request<Streaming<media::UploadMediaRequest>>,
    ) -> Result<Response<media::UploadMediaResponse>, Status> {
        not_needed()
    }

    async fn get_media(&self, _: Request<media::GetMediaRequest>) -> Result<Response<media::GetMediaResponse>, Status> {
        not_needed()
    }

    async fn list_media(
        &self,
        _: Request<media::ListMediaRequest>,
    ) -> Result<Response<media::ListMediaResponse>, Status> {
        not_needed()
    }

    async fn sign_url(&self, _: Request<media::SignUrlRequest>) -> Result<Response<media::SignUrlResponse>, Status> {
        not_needed()
    }

    async fn delete_media(
        &self,
        _: Request<media::DeleteMediaRequest>,
    ) -> Result<Response<media::DeleteMediaResponse>, Status> {
        not_needed()
    }
}

//! user-service, as far as this service asks it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use social_proto::user::v1::user_service_server::UserService;
use social_proto::user::v1::{self as user, GetRelationshipRequest, GetRelationshipResponse};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Who is blocked by whom.
#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Users>);

#[derive(Default)]
struct Users {
    blocks: Mutex<HashSet<(String, String)>>,
    calls: AtomicUsize,
    down: AtomicBool,
}

impl FakeUsers {
    pub fn block(&self, caller: Uuid, owner: Uuid) {
        self.0.blocks.lock().unwrap().insert((caller.to_string(), owner.to_string()));
    }

    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }

    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }
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
        if self.0.down.load(Ordering::Relaxed) {
            return Err(Status::unavailable("down"));
        }
        // It is asked for a user, with the token of the user.
        if request.metadata().get("authorization").is_none() {
            return Err(Status::unauthenticated("no token was passed on"));
        }
        let GetRelationshipRequest { user_id, other_user_id } = request.into_inner();
        let blocked = self.0.blocks.lock().unwrap().contains(&(user_id, other_user_id));
        Ok(Response::new(GetRelationshipResponse { blocked, ..Default::default() }))
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

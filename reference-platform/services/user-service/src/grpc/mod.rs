//! The gRPC edge: a message to its use case and the answer back. Decides nothing but who may call what.

mod convert;

use social_auth::{Caller, Kind};
use social_proto::user::v1::user_service_server::UserService;
use social_proto::user::v1::*;
use tonic::{Request, Response, Status};

use crate::app::{App, By, ProfileInput, SettingsInput};
use crate::domain::Viewer;

/// Implementation of the contract.
pub struct Users {
    app: App,
}

impl Users {
    /// The contract on the use cases.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

/// For whom is read: a user, or a service on its own behalf.
fn viewer(caller: &Caller) -> social_runtime::Result<Viewer> {
    match caller.kind {
        Kind::Service(_) => {
            caller.require_scope(social_auth::INTERNAL)?;
            Ok(Viewer::Service)
        }
        _ => Ok(Viewer::User(caller.account_id()?)),
    }
}

#[tonic::async_trait]
impl UserService for Users {
    async fn get_profile(&self, request: Request<GetProfileRequest>) -> Result<Response<GetProfileResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        let by = request.get_ref().by.as_ref().map(|by| match by {
            get_profile_request::By::UserId(user_id) => By::UserId(user_id),
            get_profile_request::By::Handle(handle) => By::Handle(handle),
        });
        let profile = self.app.get_profile(caller, by).await?;
        Ok(Response::new(GetProfileResponse { profile: Some(profile.into()) }))
    }

    async fn batch_get_profiles(
        &self,
        request: Request<BatchGetProfilesRequest>,
    ) -> Result<Response<BatchGetProfilesResponse>, Status> {
        let viewer = viewer(social_auth::caller(&request)?)?;
        let profiles = self.app.batch_get_profiles(viewer, &request.get_ref().user_ids).await?;
        Ok(Response::new(BatchGetProfilesResponse { profiles: profiles.into_iter().map(Into::into).collect() }))
    }

    async fn update_profile(
        &self,
        request: Request<UpdateProfileRequest>,
    ) -> Result<Response<UpdateProfileResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        let request = request.into_inner();
        let input = request.profile.as_ref().map(|profile| ProfileInput {
            display_name: &profile.display_name,
            bio: &profile.bio,
            avatar_media_id: &profile.avatar_media_id,
            etag: &profile.etag,
        });
        let fields = request.update_mask.unwrap_or_default().paths;
        let profile = self.app.update_profile(caller, input, &fields).await?;
        Ok(Response::new(UpdateProfileResponse { profile: Some(profile.into()) }))
    }

    async fn get_settings(
        &self,
        request: Request<GetSettingsRequest>,
    ) -> Result<Response<GetSettingsResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        let settings = self.app.get_settings(caller).await?;
        Ok(Response::new(GetSettingsResponse { settings: Some(settings.into()) }))
    }

    async fn update_settings(
        &self,
        request: Request<UpdateSettingsRequest>,
    ) -> Result<Response<UpdateSettingsResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        let request = request.into_inner();
        let input = request.settings.as_ref().map(|settings| SettingsInput {
            locale: &settings.locale,
            time_zone: &settings.time_zone,
            discoverable: settings.discoverable,
            message_policy: settings.message_policy,
        });
        let fields = request.update_mask.unwrap_or_default().paths;
        let settings = self.app.update_settings(caller, input, &fields).await?;
        Ok(Response::new(UpdateSettingsResponse { settings: Some(settings.into()) }))
    }

    async fn follow(&self, request: Request<FollowRequest>) -> Result<Response<FollowResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        self.app.follow(caller, &request.get_ref().user_id).await?;
        Ok(Response::new(FollowResponse {}))
    }

    async fn unfollow(&self, request: Request<UnfollowRequest>) -> Result<Response<UnfollowResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        self.app.unfollow(caller, &request.get_ref().user_id).await?;
        Ok(Response::new(UnfollowResponse {}))
    }

    async fn block(&self, request: Request<BlockRequest>) -> Result<Response<BlockResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        self.app.block(caller, &request.get_ref().user_id).await?;
        Ok(Response::new(BlockResponse {}))
    }

    async fn unblock(&self, request: Request<UnblockRequest>) -> Result<Response<UnblockResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        self.app.unblock(caller, &request.get_ref().user_id).await?;
        Ok(Response::new(UnblockResponse {}))
    }

    async fn get_relationship(
        &self,
        request: Request<GetRelationshipRequest>,
    ) -> Result<Response<GetRelationshipResponse>, Status> {
        let viewer = viewer(social_auth::caller(&request)?)?;
        let request = request.get_ref();
        let relationship = self.app.relationship(viewer, &request.user_id, &request.other_user_id).await?;
        Ok(Response::new(relationship.into()))
    }

    async fn list_followers(
        &self,
        request: Request<ListFollowersRequest>,
    ) -> Result<Response<ListFollowersResponse>, Status> {
        let viewer = viewer(social_auth::caller(&request)?)?;
        let request = request.get_ref();
        let listed = self.app.list_followers(viewer, &request.user_id, request.page_size, &request.page_token).await?;
        Ok(Response::new(ListFollowersResponse {
            followers: convert::entries(listed.entries),
            next_page_token: listed.next_page_token,
        }))
    }

    async fn list_following(
        &self,
        request: Request<ListFollowingRequest>,
    ) -> Result<Response<ListFollowingResponse>, Status> {
        let viewer = viewer(social_auth::caller(&request)?)?;
        let request = request.get_ref();
        let listed = self.app.list_following(viewer, &request.user_id, request.page_size, &request.page_token).await?;
        Ok(Response::new(ListFollowingResponse {
            following: convert::entries(listed.entries),
            next_page_token: listed.next_page_token,
        }))
    }

    async fn list_mutuals(
        &self,
        request: Request<ListMutualsRequest>,
    ) -> Result<Response<ListMutualsResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        let request = request.get_ref();
        let listed = self.app.list_mutuals(caller, &request.user_id, request.page_size, &request.page_token).await?;
        Ok(Response::new(ListMutualsResponse {
            mutuals: convert::entries(listed.entries),
            next_page_token: listed.next_page_token,
        }))
    }

    async fn list_blocked(
        &self,
        request: Request<ListBlockedRequest>,
    ) -> Result<Response<ListBlockedResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        let request = request.get_ref();
        let listed = self.app.list_blocked(caller, request.page_size, &request.page_token).await?;
        Ok(Response::new(ListBlockedResponse {
            blocked: convert::entries(listed.entries),
            next_page_token: listed.next_page_token,
        }))
    }

    async fn list_suggestions(
        &self,
        request: Request<ListSuggestionsRequest>,
    ) -> Result<Response<ListSuggestionsResponse>, Status> {
        let caller = social_auth::caller(&request)?.account_id()?;
        let request = request.get_ref();
        let listed = self.app.list_suggestions(caller, request.page_size, &request.page_token).await?;
        Ok(Response::new(ListSuggestionsResponse {
            suggestions: listed.entries.into_iter().map(Into::into).collect(),
            next_page_token: listed.next_page_token,
        }))
    }
}

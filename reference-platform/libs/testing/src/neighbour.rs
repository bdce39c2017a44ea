//! Contracts of which a test implements only what the service under test asks: all else is UNIMPLEMENTED.

use social_proto::content::v1 as content;
use social_proto::content::v1::content_service_server::ContentService;
use social_proto::media::v1 as media;
use social_proto::media::v1::media_service_server::MediaService;
use social_proto::user::v1 as user;
use social_proto::user::v1::user_service_server::UserService;
use tonic::{Request, Response, Status, Streaming};

/// A neighbour as the server of its contract: `UserServiceServer::new(Neighbour(users))`.
#[derive(Clone, Debug, Default)]
pub struct Neighbour<F>(pub F);

macro_rules! neighbour {
    ($(#[$doc:meta])* $neighbour:ident as $contract:ident: $($rpc:ident($request:ty) -> $response:ty),* $(,)?) => {
        $(#[$doc])*
        #[tonic::async_trait]
        pub trait $neighbour: Send + Sync + 'static {
            $(
                /// As the contract says.
                async fn $rpc(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                    Err(Status::unimplemented("nobody asks for this"))
                }
            )*
        }

        #[tonic::async_trait]
        impl<F: $neighbour> $contract for Neighbour<F> {
            $(
                async fn $rpc(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                    $neighbour::$rpc(&self.0, request).await
                }
            )*
        }
    };
}

neighbour! {
    /// user-service.
    Users as UserService:
    get_profile(user::GetProfileRequest) -> user::GetProfileResponse,
    batch_get_profiles(user::BatchGetProfilesRequest) -> user::BatchGetProfilesResponse,
    update_profile(user::UpdateProfileRequest) -> user::UpdateProfileResponse,
    get_settings(user::GetSettingsRequest) -> user::GetSettingsResponse,
    update_settings(user::UpdateSettingsRequest) -> user::UpdateSettingsResponse,
    follow(user::FollowRequest) -> user::FollowResponse,
    unfollow(user::UnfollowRequest) -> user::UnfollowResponse,
    block(user::BlockRequest) -> user::BlockResponse,
    unblock(user::UnblockRequest) -> user::UnblockResponse,
    get_relationship(user::GetRelationshipRequest) -> user::GetRelationshipResponse,
    list_followers(user::ListFollowersRequest) -> user::ListFollowersResponse,
    list_following(user::ListFollowingRequest) -> user::ListFollowingResponse,
    list_mutuals(user::ListMutualsRequest) -> user::ListMutualsResponse,
    list_blocked(user::ListBlockedRequest) -> user::ListBlockedResponse,
    list_suggestions(user::ListSuggestionsRequest) -> user::ListSuggestionsResponse,
}

neighbour! {
    /// media-service.
    Media as MediaService:
    upload_media(Streaming<media::UploadMediaRequest>) -> media::UploadMediaResponse,
    get_media(media::GetMediaRequest) -> media::GetMediaResponse,
    batch_get_media(media::BatchGetMediaRequest) -> media::BatchGetMediaResponse,
    list_media(media::ListMediaRequest) -> media::ListMediaResponse,
    sign_url(media::SignUrlRequest) -> media::SignUrlResponse,
    delete_media(media::DeleteMediaRequest) -> media::DeleteMediaResponse,
}

neighbour! {
    /// content-service.
    Posts as ContentService:
    create_post(content::CreatePostRequest) -> content::CreatePostResponse,
    get_post(content::GetPostRequest) -> content::GetPostResponse,
    batch_get_posts(content::BatchGetPostsRequest) -> content::BatchGetPostsResponse,
    list_posts(content::ListPostsRequest) -> content::ListPostsResponse,
    update_post(content::UpdatePostRequest) -> content::UpdatePostResponse,
    delete_post(content::DeletePostRequest) -> content::DeletePostResponse,
    create_comment(content::CreateCommentRequest) -> content::CreateCommentResponse,
    list_comments(content::ListCommentsRequest) -> content::ListCommentsResponse,
    delete_comment(content::DeleteCommentRequest) -> content::DeleteCommentResponse,
    set_reaction(content::SetReactionRequest) -> content::SetReactionResponse,
    delete_reaction(content::DeleteReactionRequest) -> content::DeleteReactionResponse,
    list_reactions(content::ListReactionsRequest) -> content::ListReactionsResponse,
    batch_get_counters(content::BatchGetCountersRequest) -> content::BatchGetCountersResponse,
}

/// The `authorization` of a call, which neighbours are never asked without.
pub fn authorization<T>(request: &Request<T>) -> Result<&str, Status> {
    let value = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
    value.ok_or_else(|| Status::unauthenticated("no token was passed on"))
}

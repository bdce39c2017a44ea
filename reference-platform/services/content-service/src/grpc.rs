//! The gRPC edge: takes the caller out of a request and gives both to the use case.

use social_auth::caller;
use social_proto::content::v1::content_service_server::ContentService;
use social_proto::content::v1::{
    BatchGetCountersRequest, BatchGetCountersResponse, BatchGetPostsRequest, BatchGetPostsResponse,
    CreateCommentRequest, CreateCommentResponse, CreatePostRequest, CreatePostResponse, DeleteCommentRequest,
    DeleteCommentResponse, DeletePostRequest, DeletePostResponse, DeleteReactionRequest, DeleteReactionResponse,
    GetPostRequest, GetPostResponse, ListCommentsRequest, ListCommentsResponse, ListPostsRequest, ListPostsResponse,
    ListReactionsRequest, ListReactionsResponse, SetReactionRequest, SetReactionResponse, UpdatePostRequest,
    UpdatePostResponse,
};
use tonic::{Request, Response, Status};

use crate::app::App;

/// The contract on the use cases.
pub struct Content {
    app: App,
}

impl Content {
    /// An edge of this service.
    pub fn new(app: App) -> Self {
        Content { app }
    }
}

#[tonic::async_trait]
impl ContentService for Content {
    async fn create_post(&self, request: Request<CreatePostRequest>) -> Result<Response<CreatePostResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.create_post(&caller, request.into_inner()).await?))
    }

    async fn get_post(&self, request: Request<GetPostRequest>) -> Result<Response<GetPostResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.get_post(&caller, request.into_inner()).await?))
    }

    async fn batch_get_posts(
        &self,
        request: Request<BatchGetPostsRequest>,
    ) -> Result<Response<BatchGetPostsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.batch_get_posts(&caller, request.into_inner()).await?))
    }

    async fn list_posts(&self, request: Request<ListPostsRequest>) -> Result<Response<ListPostsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_posts(&caller, request.into_inner()).await?))
    }

    async fn update_post(&self, request: Request<UpdatePostRequest>) -> Result<Response<UpdatePostResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.update_post(&caller, request.into_inner()).await?))
    }

    async fn delete_post(&self, request: Request<DeletePostRequest>) -> Result<Response<DeletePostResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_post(&caller, request.into_inner()).await?))
    }

    async fn create_comment(
        &self,
        request: Request<CreateCommentRequest>,
    ) -> Result<Response<CreateCommentResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.create_comment(&caller, request.into_inner()).await?))
    }

    async fn list_comments(
        &self,
        request: Request<ListCommentsRequest>,
    ) -> Result<Response<ListCommentsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_comments(&caller, request.into_inner()).await?))
    }

    async fn delete_comment(
        &self,
        request: Request<DeleteCommentRequest>,
    ) -> Result<Response<DeleteCommentResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_comment(&caller, request.into_inner()).await?))
    }

    async fn set_reaction(
        &self,
        request: Request<SetReactionRequest>,
    ) -> Result<Response<SetReactionResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.set_reaction(&caller, request.into_inner()).await?))
    }

    async fn delete_reaction(
        &self,
        request: Request<DeleteReactionRequest>,
    ) -> Result<Response<DeleteReactionResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_reaction(&caller, request.into_inner()).await?))
    }

    async fn list_reactions(
        &self,
        request: Request<ListReactionsRequest>,
    ) -> Result<Response<ListReactionsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_reactions(&caller, request.into_inner()).await?))
    }

    async fn batch_get_counters(
        &self,
        request: Request<BatchGetCountersRequest>,
    ) -> Result<Response<BatchGetCountersResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.batch_get_counters(&caller, request.into_inner()).await?))
    }
}

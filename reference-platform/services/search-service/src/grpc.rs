//! The gRPC edge: takes the caller out of a request and gives both to the use case.

use social_auth::caller;
use social_proto::search::v1::search_service_server::SearchService;
use social_proto::search::v1::{
    GetRebuildRequest, GetRebuildResponse, SearchPostsRequest, SearchPostsResponse, SearchTagsRequest,
    SearchTagsResponse, SearchUsersRequest, SearchUsersResponse, StartRebuildRequest, StartRebuildResponse,
    SuggestRequest, SuggestResponse,
};
use tonic::{Request, Response, Status};

use crate::app::App;

/// The contract on the use cases.
pub struct Search {
    app: App,
}

impl Search {
    /// An edge of this service.
    pub fn new(app: App) -> Self {
        Search { app }
    }
}

#[tonic::async_trait]
impl SearchService for Search {
    async fn search_users(
        &self,
        request: Request<SearchUsersRequest>,
    ) -> Result<Response<SearchUsersResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.search_users(&caller, request.into_inner()).await?))
    }

    async fn search_posts(
        &self,
        request: Request<SearchPostsRequest>,
    ) -> Result<Response<SearchPostsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.search_posts(&caller, request.into_inner()).await?))
    }

    async fn search_tags(&self, request: Request<SearchTagsRequest>) -> Result<Response<SearchTagsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.search_tags(&caller, request.into_inner()).await?))
    }

    async fn suggest(&self, request: Request<SuggestRequest>) -> Result<Response<SuggestResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.suggest(&caller, request.into_inner()).await?))
    }

    async fn start_rebuild(
        &self,
        request: Request<StartRebuildRequest>,
    ) -> Result<Response<StartRebuildResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.start_rebuild(&caller, request.into_inner()).await?))
    }

    async fn get_rebuild(&self, request: Request<GetRebuildRequest>) -> Result<Response<GetRebuildResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.get_rebuild(&caller, request.into_inner()).await?))
    }
}

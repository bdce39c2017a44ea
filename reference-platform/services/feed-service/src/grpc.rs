//! The gRPC edge: takes the caller out of a request and gives both to the use case.

use social_auth::caller;
use social_proto::feed::v1::feed_service_server::FeedService;
use social_proto::feed::v1::{
    GetFeedStatusRequest, GetFeedStatusResponse, ListFeedRequest, ListFeedResponse, RebuildFeedRequest,
    RebuildFeedResponse,
};
use tonic::{Request, Response, Status};

use crate::app::App;

/// The contract on the use cases.
pub struct Feeds {
    app: App,
}

impl Feeds {
    /// An edge of this service.
    pub fn new(app: App) -> Self {
        Feeds { app }
    }
}

#[tonic::async_trait]
impl FeedService for Feeds {
    async fn list_feed(&self, request: Request<ListFeedRequest>) -> Result<Response<ListFeedResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_feed(&caller, request.into_inner()).await?))
    }

    async fn get_feed_status(
        &self,
        request: Request<GetFeedStatusRequest>,
    ) -> Result<Response<GetFeedStatusResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.get_feed_status(&caller, request.into_inner()).await?))
    }

    async fn rebuild_feed(
        &self,
        request: Request<RebuildFeedRequest>,
    ) -> Result<Response<RebuildFeedResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.rebuild_feed(&caller, request.into_inner()).await?))
    }
}

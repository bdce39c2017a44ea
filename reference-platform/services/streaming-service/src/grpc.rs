//! The gRPC edge: takes the caller out of a request and gives both to the use case.

use std::pin::Pin;

use futures::StreamExt;
use social_auth::caller;
use social_proto::streaming::v1::streaming_service_server::StreamingService;
use social_proto::streaming::v1::{
    CreateStreamRequest, CreateStreamResponse, EndStreamRequest, EndStreamResponse, GetPlaylistRequest,
    GetPlaylistResponse, GetStreamRequest, GetStreamResponse, IngestSegmentsRequest, IngestSegmentsResponse,
    ListLiveStreamsRequest, ListLiveStreamsResponse, ListStreamHistoryRequest, ListStreamHistoryResponse,
    ListStreamsRequest, ListStreamsResponse, PutViewerRequest, PutViewerResponse, RotateStreamKeyRequest,
    RotateStreamKeyResponse, SendChatMessageRequest, SendChatMessageResponse, WatchChatRequest, WatchChatResponse,
};
use social_runtime::{Error, until_stopping};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use crate::app::App;

/// The contract on the use cases.
pub struct Streaming {
    app: App,
    stopping: CancellationToken,
}

impl Streaming {
    /// An edge of this service, whose streams end when `stopping` says so.
    pub fn new(app: App, stopping: CancellationToken) -> Self {
        Streaming { app, stopping }
    }
}

#[tonic::async_trait]
impl StreamingService for Streaming {
    async fn create_stream(
        &self,
        request: Request<CreateStreamRequest>,
    ) -> Result<Response<CreateStreamResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.create_stream(&caller, request.into_inner()).await?))
    }

    async fn rotate_stream_key(
        &self,
        request: Request<RotateStreamKeyRequest>,
    ) -> Result<Response<RotateStreamKeyResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.rotate_stream_key(&caller, request.into_inner()).await?))
    }

    async fn get_stream(&self, request: Request<GetStreamRequest>) -> Result<Response<GetStreamResponse>, Status> {
        Ok(Response::new(self.app.get_stream(request.into_inner()).await?))
    }

    async fn list_live_streams(
        &self,
        request: Request<ListLiveStreamsRequest>,
    ) -> Result<Response<ListLiveStreamsResponse>, Status> {
        Ok(Response::new(self.app.list_live_streams(request.into_inner()).await?))
    }

    async fn list_streams(
        &self,
        request: Request<ListStreamsRequest>,
    ) -> Result<Response<ListStreamsResponse>, Status> {
        Ok(Response::new(self.app.list_streams(request.into_inner()).await?))
    }

    async fn list_stream_history(
        &self,
        request: Request<ListStreamHistoryRequest>,
    ) -> Result<Response<ListStreamHistoryResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_stream_history(&caller, request.into_inner()).await?))
    }

    /// The ingest is a task of its own: when the encoder hangs up it still ends in order, told so by the guard.
    async fn ingest_segments(
        &self,
        request: Request<tonic::Streaming<IngestSegmentsRequest>>,
    ) -> Result<Response<IngestSegmentsResponse>, Status> {
        let gone = CancellationToken::new();
        let _here = gone.clone().drop_guard();
        let app = self.app.clone();
        let ingest = async move { app.ingest_segments(request.into_inner(), gone).await };
        let response = tokio::spawn(ingest.in_current_span()).await.map_err(Error::internal)??;
        Ok(Response::new(response))
    }

    async fn end_stream(&self, request: Request<EndStreamRequest>) -> Result<Response<EndStreamResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.end_stream(&caller, request.into_inner()).await?))
    }

    async fn get_playlist(
        &self,
        request: Request<GetPlaylistRequest>,
    ) -> Result<Response<GetPlaylistResponse>, Status> {
        let playable = self.app.get_playlist(request.into_inner()).await?;
        Ok(Response::new(GetPlaylistResponse { playlist: playable.playlist }))
    }

    async fn put_viewer(&self, request: Request<PutViewerRequest>) -> Result<Response<PutViewerResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.put_viewer(&caller, request.into_inner()).await?))
    }

    async fn send_chat_message(
        &self,
        request: Request<SendChatMessageRequest>,
    ) -> Result<Response<SendChatMessageResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.send_chat_message(&caller, request.into_inner()).await?))
    }

    type WatchChatStream = Pin<Box<dyn futures::Stream<Item = Result<WatchChatResponse, Status>> + Send>>;

    async fn watch_chat(&self, request: Request<WatchChatRequest>) -> Result<Response<Self::WatchChatStream>, Status> {
        let caller = caller(&request)?.clone();
        let chat = self.app.watch_chat(&caller, request.into_inner()).await?;
        Ok(Response::new(Box::pin(until_stopping(self.stopping.clone(), chat.map(Ok)))))
    }
}

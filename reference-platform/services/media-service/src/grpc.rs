//! The gRPC edge: takes the caller out of a request and gives both to the use case.

use futures::StreamExt;
use social_auth::caller;
use social_proto::media::v1::media_service_server::MediaService;
use social_proto::media::v1::upload_media_request::Part;
use social_proto::media::v1::{
    BatchGetMediaRequest, BatchGetMediaResponse, DeleteMediaRequest, DeleteMediaResponse, GetMediaRequest,
    GetMediaResponse, ListMediaRequest, ListMediaResponse, SignUrlRequest, SignUrlResponse, UploadMediaRequest,
    UploadMediaResponse,
};
use social_runtime::Error;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::app::App;

/// The largest chunk.
const MAX_CHUNK_BYTES: usize = 1024 * 1024;

/// The contract on the use cases.
pub struct Edge {
    app: App,
}

impl Edge {
    /// An edge of this service.
    pub fn new(app: App) -> Self {
        Edge { app }
    }
}

#[tonic::async_trait]
impl MediaService for Edge {
    async fn upload_media(
        &self,
        request: Request<Streaming<UploadMediaRequest>>,
    ) -> Result<Response<UploadMediaResponse>, Status> {
        let caller = caller(&request)?.clone();
        let mut messages = request.into_inner();
        let first = self.app.in_time(messages.message()).await?.map_err(unreadable)?;
        let Some(UploadMediaRequest { part: Some(Part::Header(header)) }) = first else {
            return Err(Error::invalid("header", "is required in the first message").into());
        };
        let chunks = messages.map(|message| match message.map_err(unreadable)?.part {
            Some(Part::Chunk(chunk)) if !chunk.is_empty() && chunk.len() <= MAX_CHUNK_BYTES => Ok(chunk.into()),
            Some(Part::Chunk(_)) => Err(Error::invalid("chunk", format!("must have 1 to {MAX_CHUNK_BYTES} bytes"))),
            Some(Part::Header(_)) | None => Err(Error::invalid("chunk", "is required in all messages but the first")),
        });
        Ok(Response::new(self.app.upload_media(&caller, header, chunks).await?))
    }

    async fn get_media(&self, request: Request<GetMediaRequest>) -> Result<Response<GetMediaResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.get_media(&caller, request.into_inner()).await?))
    }

    async fn batch_get_media(
        &self,
        request: Request<BatchGetMediaRequest>,
    ) -> Result<Response<BatchGetMediaResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.batch_get_media(&caller, request.into_inner()).await?))
    }

    async fn list_media(&self, request: Request<ListMediaRequest>) -> Result<Response<ListMediaResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_media(&caller, request.into_inner()).await?))
    }

    async fn sign_url(&self, request: Request<SignUrlRequest>) -> Result<Response<SignUrlResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.sign_url(&caller, request.into_inner()).await?))
    }

    async fn delete_media(
        &self,
        request: Request<DeleteMediaRequest>,
    ) -> Result<Response<DeleteMediaResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_media(&caller, request.into_inner()).await?))
    }
}

/// What a client sends that is no message, or ends in the middle of one, is not the fault of this service.
fn unreadable(status: Status) -> Error {
    match status.code() {
        Code::Internal | Code::Unknown => Error::invalid("chunk", "cannot be read").with_source(status),
        _ => status.into(),
    }
}

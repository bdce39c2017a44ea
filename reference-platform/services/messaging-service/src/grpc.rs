//! The gRPC edge: takes the caller out of a request and gives both to the use case.

use std::pin::Pin;

use futures::{Stream, StreamExt, future, stream};
use social_auth::caller;
use social_proto::messaging::v1::messaging_service_server::MessagingService;
use social_proto::messaging::v1::{
    BatchGetPresenceRequest, BatchGetPresenceResponse, ChatRequest, ChatResponse, CreateConversationRequest,
    CreateConversationResponse, DeleteMemberRequest, DeleteMemberResponse, DeleteMessageRequest, DeleteMessageResponse,
    GetConversationRequest, GetConversationResponse, ListConversationsRequest, ListConversationsResponse,
    ListMessagesRequest, ListMessagesResponse, PutMemberRequest, PutMemberResponse, SendMessageRequest,
    SendMessageResponse, SetReceiptRequest, SetReceiptResponse,
};
use social_runtime::Error;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument;

use crate::app::App;
use crate::live::Sessions;

/// The method that lives longer than requests.
pub const CHAT: &str = "/social.messaging.v1.MessagingService/Chat";

/// Answers that wait for the connection, beside those that wait in the session.
pub const ANSWERS: usize = 16;

/// The contract on the use cases.
pub struct Messaging {
    app: App,
    sessions: Sessions,
}

impl Messaging {
    /// An edge of this service.
    pub fn new(app: App, sessions: Sessions) -> Self {
        Messaging { app, sessions }
    }
}

#[tonic::async_trait]
impl MessagingService for Messaging {
    async fn create_conversation(
        &self,
        request: Request<CreateConversationRequest>,
    ) -> Result<Response<CreateConversationResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.create_conversation(&caller, request.into_inner()).await?))
    }

    async fn get_conversation(
        &self,
        request: Request<GetConversationRequest>,
    ) -> Result<Response<GetConversationResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.get_conversation(&caller, request.into_inner()).await?))
    }

    async fn list_conversations(
        &self,
        request: Request<ListConversationsRequest>,
    ) -> Result<Response<ListConversationsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_conversations(&caller, request.into_inner()).await?))
    }

    async fn put_member(&self, request: Request<PutMemberRequest>) -> Result<Response<PutMemberResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.put_member(&caller, request.into_inner()).await?))
    }

    async fn delete_member(
        &self,
        request: Request<DeleteMemberRequest>,
    ) -> Result<Response<DeleteMemberResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_member(&caller, request.into_inner()).await?))
    }

    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.send_message(&caller, request.into_inner()).await?))
    }

    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_messages(&caller, request.into_inner()).await?))
    }

    async fn delete_message(
        &self,
        request: Request<DeleteMessageRequest>,
    ) -> Result<Response<DeleteMessageResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_message(&caller, request.into_inner()).await?))
    }

    async fn set_receipt(&self, request: Request<SetReceiptRequest>) -> Result<Response<SetReceiptResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.set_receipt(&caller, request.into_inner()).await?))
    }

    async fn batch_get_presence(
        &self,
        request: Request<BatchGetPresenceRequest>,
    ) -> Result<Response<BatchGetPresenceResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.batch_get_presence(&caller, request.into_inner()).await?))
    }

    type ChatStream = Pin<Box<dyn Stream<Item = Result<ChatResponse, Status>> + Send>>;

    async fn chat(&self, request: Request<Streaming<ChatRequest>>) -> Result<Response<Self::ChatStream>, Status> {
        let caller = caller(&request)?.clone();
        let requests = request.into_inner().map(|request| request.map_err(unreadable));
        let (answers, told) = mpsc::channel(ANSWERS);
        let (end, ended) = oneshot::channel();
        let sessions = self.sessions.clone();
        let session = async move {
            // Nobody hears it when the client has gone.
            end.send(sessions.run(caller, requests, answers).await).ok();
        };
        tokio::spawn(session.in_current_span());
        let last = stream::once(ended).filter_map(|ended| {
            future::ready(match ended {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(Err(Status::from(error))),
                Err(_) => Some(Err(Status::from(Error::internal(std::io::Error::other("a session was lost"))))),
            })
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(told).map(Ok).chain(last))))
    }
}

/// A message that is too large or none of the contract; or the connection is gone, and nobody hears it.
fn unreadable(status: Status) -> Error {
    Error::invalid("request", "cannot be read").with_source(status)
}

//! The contract, its server, and a server of it that a process runs for itself alone.

pub mod work {
    tonic::include_proto!("work");
}

use tonic::{Request, Response, Status};
use work::work_client::WorkClient;
use work::work_server::{Work, WorkServer};
use work::{PollReply, PollRequest, SubmitReply, SubmitRequest};

pub struct Queue;

#[tonic::async_trait]
impl Work for Queue {
    async fn poll(&self, _: Request<PollRequest>) -> Result<Response<PollReply>, Status> {
        Ok(Response::new(PollReply {}))
    }

    async fn submit(&self, _: Request<SubmitRequest>) -> Result<Response<SubmitReply>, Status> {
        Ok(Response::new(SubmitReply {}))
    }
}

/// Serves on any free port of this machine, and polls that server.
pub async fn embedded() -> Result<u16, Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("localhost:0").await?;
    let port = listener.local_addr()?.port();
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    tokio::spawn(tonic::transport::Server::builder().add_service(WorkServer::new(Queue)).serve_with_incoming(incoming));
    let client = WorkClient::connect(format!("http://localhost:{port}")).await?;
    tokio::spawn(poll(client));
    Ok(port)
}

/// Polls for as long as it runs.
pub async fn poll(mut client: WorkClient<tonic::transport::Channel>) {
    while client.poll(PollRequest {}).await.is_ok() {}
}

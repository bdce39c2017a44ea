use auth::pb::auth_service_server::{AuthService, AuthServiceServer};
use auth::pb::{VerifyReply, VerifyRequest};
use tonic::{Request, Response, Status, transport::Server};

struct Auth;

#[tonic::async_trait]
impl AuthService for Auth {
    async fn verify(&self, _: Request<VerifyRequest>) -> Result<Response<VerifyReply>, Status> {
        Ok(Response::new(VerifyReply { user: "a".into() }))
    }
}

#[tokio::main]
async fn main() -> Result<(), tonic::transport::Error> {
    Server::builder().add_service(AuthServiceServer::new(Auth)).serve("[::]:50051".parse().unwrap()).await
}

use shop_proto::user::v1::user_service_server::{UserService, UserServiceServer};
use shop_proto::user::v1::{GetUserReply, GetUserRequest};
use tonic::{Request, Response, Status, transport::Server};

struct Users;

#[tonic::async_trait]
impl UserService for Users {
    async fn get_user(&self, _: Request<GetUserRequest>) -> Result<Response<GetUserReply>, Status> {
        Ok(Response::new(GetUserReply { name: "a".into() }))
    }
}

#[tokio::main]
async fn main() -> Result<(), tonic::transport::Error> {
    Server::builder().add_service(UserServiceServer::new(Users)).serve(([0, 0, 0, 0], 50051).into()).await
}

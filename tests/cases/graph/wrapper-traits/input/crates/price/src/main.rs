use shop_proto::price::v1::price_service_server::{PriceService, PriceServiceServer};
use shop_proto::price::v1::{QuoteReply, QuoteRequest};
use tonic::{Request, Response, Status, transport::Server};

struct Prices;

#[tonic::async_trait]
impl PriceService for Prices {
    async fn quote(&self, _: Request<QuoteRequest>) -> Result<Response<QuoteReply>, Status> {
        Ok(Response::new(QuoteReply { cents: 1 }))
    }
    async fn history(&self, _: Request<QuoteRequest>) -> Result<Response<QuoteReply>, Status> {
        Ok(Response::new(QuoteReply { cents: 1 }))
    }
}

#[tokio::main]
async fn main() -> Result<(), tonic::transport::Error> {
    Server::builder().add_service(PriceServiceServer::new(Prices)).serve(([0, 0, 0, 0], 50051).into()).await
}

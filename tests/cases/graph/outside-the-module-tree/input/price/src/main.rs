pub mod pb {
    tonic::include_proto!("shop.price.v1");
}
use pb::price_service_server::{PriceService, PriceServiceServer};
use tonic::{Request, Response, Status};

#[derive(Default)]
struct Prices;

#[tonic::async_trait]
impl PriceService for Prices {
    async fn quote(&self, _: Request<pb::QuoteRequest>) -> Result<Response<pb::QuoteReply>, Status> {
        Ok(Response::new(pb::QuoteReply { cents: 1 }))
    }
    async fn reset(&self, _: Request<pb::QuoteRequest>) -> Result<Response<pb::QuoteReply>, Status> {
        Err(Status::unimplemented("reset"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tonic::transport::Server::builder()
        .add_service(PriceServiceServer::new(Prices))
        .serve("0.0.0.0:50051".parse()?)
        .await?;
    Ok(())
}

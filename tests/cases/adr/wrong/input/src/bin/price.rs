use tonic::{Request, Response, Status, transport::Server};
mod pb { tonic::include_proto!("shop.price.v1"); }
use pb::price_service_server::{PriceService, PriceServiceServer};
use pb::{GetPriceRequest, GetPriceResponse};

struct Prices;

#[tonic::async_trait]
impl PriceService for Prices {
    async fn get_price(&self, _: Request<GetPriceRequest>) -> Result<Response<GetPriceResponse>, Status> {
        Ok(Response::new(GetPriceResponse { minor: 1 }))
    }
}

#[tokio::main]
async fn main() {
    let address = "0.0.0.0:50051".parse().unwrap();
    Server::builder().add_service(PriceServiceServer::new(Prices)).serve(address).await.unwrap();
}

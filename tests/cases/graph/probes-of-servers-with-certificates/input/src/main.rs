//! Speaks TLS on the port that the kubelet asks in plain gRPC.
use std::time::Duration;

use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

mod pb {
    tonic::include_proto!("shop.price.v1");
}
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
    Server::builder()
        .timeout(Duration::from_secs(2))
        .tls_config(ServerTlsConfig::new())
        .unwrap()
        .add_service(PriceServiceServer::new(Prices))
        .serve("0.0.0.0:50051".parse().unwrap())
        .await
        .unwrap();
}

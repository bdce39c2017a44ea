//! Speaks TLS where it is given a certificate: whether the kubelet can ask it is not known.
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
    let certificate = std::env::args().nth(1).map(|_| ServerTlsConfig::new());
    let server = match certificate {
        Some(tls) => Server::builder().tls_config(tls).unwrap(),
        None => Server::builder(),
    };
    server
        .timeout(Duration::from_secs(2))
        .add_service(PriceServiceServer::new(Prices))
        .serve("0.0.0.0:50051".parse().unwrap())
        .await
        .unwrap();
}

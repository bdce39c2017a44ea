use tonic::{Request, Response, Status, transport::{Channel, Endpoint, Server}};
mod price { tonic::include_proto!("shop.price.v1"); }
mod cart { tonic::include_proto!("shop.cart.v1"); }
use cart::cart_service_server::{CartService, CartServiceServer};
use cart::{GetCartRequest, GetCartResponse};
use price::{GetPriceRequest, price_service_client::PriceServiceClient};

struct Carts {
    prices: PriceServiceClient<Channel>,
}

#[tonic::async_trait]
impl CartService for Carts {
    async fn get_cart(&self, _: Request<GetCartRequest>) -> Result<Response<GetCartResponse>, Status> {
        let price = self.prices.clone().get_price(GetPriceRequest { sku: "a".into() }).await?;
        Ok(Response::new(GetCartResponse { total: price.into_inner().minor }))
    }
}

#[tokio::main]
async fn main() {
    let channel = Endpoint::from_static("http://price:50051").timeout(std::time::Duration::from_secs(1)).connect_lazy();
    let carts = Carts { prices: PriceServiceClient::new(channel) };
    let address = "0.0.0.0:50051".parse().unwrap();
    Server::builder().add_service(CartServiceServer::new(carts)).serve(address).await.unwrap();
}

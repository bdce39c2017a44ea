//! Names as in generated code, but none of it is: a price list in memory, and a status of tonic for its errors.
mod price_service_client;
mod redis;

use axum::{Router, extract::Path, routing::get};
use price_service_client::PriceServiceClient;

struct Request;
impl Request {
    fn get(&self, _url: &str) -> Self {
        Request
    }
    async fn send(&self) -> Option<()> {
        Some(())
    }
}

async fn price(Path(sku): Path<String>) -> String {
    let mut client = PriceServiceClient::connect("http://price:50051").await.unwrap();
    let store = redis::Client::open("redis://cache").unwrap();
    store.get(&sku).await;
    Request.get("http://audit/").send().await;
    client.quote(sku).await.unwrap().to_string()
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/price/{sku}", get(price));
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap(), app).await.unwrap();
}

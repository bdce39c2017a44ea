//! Calls by a client that is exported beside the messages, and by one in its own module. A client of a crate without gRPC
//! only has a similar name.
use acme_protos::services::quote::QuotesClient;
use acme_protos::services::quote::QuoteRequest;
use acme_protos::services::rates::{RatesRequest, rates_client::RatesClient};
use tonic::transport::Channel;
use warehouse_sdk::stock::StockClient;

struct Prices {
    quotes: QuotesClient<Channel>,
}

impl Prices {
    async fn quote(&mut self) {
        self.quotes.get_quote(QuoteRequest::default()).await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let channel = Channel::from_static("http://quote:50051").connect().await.unwrap();
    Prices { quotes: QuotesClient::new(channel) }.quote().await;
    let mut rates = RatesClient::connect("http://quote:50051").await.unwrap();
    rates.list(RatesRequest::default()).await.unwrap();
    StockClient::connect("http://stock:8080").await.unwrap().count(RatesRequest::default()).await.unwrap();
}

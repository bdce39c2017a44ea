//! The contracts stand in a crate of another repository, which exports what was generated beside the messages.
use acme_protos::services::quote::{self, QuoteRequest, QuoteResponse};
use acme_protos::services::rates::{Rates, RatesRequest, RatesResponse};
use tonic::{Request, Response, Status};

struct Quotes;

#[tonic::async_trait]
impl quote::Quotes for Quotes {
    async fn get_quote(&self, _: Request<QuoteRequest>) -> Result<Response<QuoteResponse>, Status> {
        Ok(Response::new(QuoteResponse::default()))
    }
}

struct Table;

#[tonic::async_trait]
impl Rates for Table {
    async fn list(&self, _: Request<RatesRequest>) -> Result<Response<RatesResponse>, Status> {
        Ok(Response::new(RatesResponse::default()))
    }
}

#[tokio::main]
async fn main() {
    tonic::transport::Server::builder()
        .add_service(quote::Server::new(Quotes))
        .add_service(acme_protos::services::rates::RatesServer::new(Table))
        .serve("0.0.0.0:50051".parse().unwrap())
        .await
        .unwrap();
}

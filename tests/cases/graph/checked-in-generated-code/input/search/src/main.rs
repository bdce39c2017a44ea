#[path = "gen/shop.search.v1.rs"]
mod pb;

use std::pin::Pin;

use pb::search_service_server::{SearchService, SearchServiceServer};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

pub struct Search;

#[tonic::async_trait]
impl SearchService for Search {
    async fn find(&self, _request: Request<pb::FindRequest>) -> Result<Response<pb::FindReply>, Status> {
        Ok(Response::new(pb::FindReply { skus: vec![] }))
    }

    type SuggestStream = Pin<Box<dyn Stream<Item = Result<pb::FindReply, Status>> + Send>>;

    async fn suggest(&self, _request: Request<pb::FindRequest>) -> Result<Response<Self::SuggestStream>, Status> {
        Ok(Response::new(Box::pin(tokio_stream::empty())))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = SearchServiceServer::new(Search).max_decoding_message_size(1 << 20);
    tonic::transport::Server::builder().add_service(service).serve("0.0.0.0:7000".parse()?).await?;
    Ok(())
}

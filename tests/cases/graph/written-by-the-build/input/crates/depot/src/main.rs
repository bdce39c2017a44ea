use api::written::depot::depot_server::{Depot, DepotServer};
use api::written::depot::{FindShelfRequest, ListShelvesRequest, Shelf, Shelves, VersionReply, VersionRequest};
use tonic::{Request, Response, Status};

struct Shelving;

#[tonic::async_trait]
impl Depot for Shelving {
    async fn version(&self, _: Request<VersionRequest>) -> Result<Response<VersionReply>, Status> {
        Ok(Response::new(VersionReply { version: "1".to_owned() }))
    }

    async fn find_shelf(&self, request: Request<FindShelfRequest>) -> Result<Response<Shelf>, Status> {
        Ok(Response::new(Shelf { id: request.into_inner().id }))
    }

    async fn list_shelves(&self, _: Request<ListShelvesRequest>) -> Result<Response<Shelves>, Status> {
        Ok(Response::new(Shelves { shelves: Vec::new() }))
    }

    async fn drop_shelf(&self, request: Request<FindShelfRequest>) -> Result<Response<Shelf>, Status> {
        Ok(Response::new(Shelf { id: request.into_inner().id }))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tonic::transport::Server::builder()
        .add_service(DepotServer::new(Shelving))
        .serve("0.0.0.0:50051".parse()?)
        .await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tonic::transport::Server::builder()
        .add_service(api::work::work_server::WorkServer::new(api::Queue))
        .serve("0.0.0.0:50050".parse()?)
        .await?;
    Ok(())
}

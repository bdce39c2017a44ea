use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::ClientConfig;
use shop_proto::stock::v1::stock_service_server::{StockService, StockServiceServer};
use shop_proto::stock::v1::*;
use tonic::{Request, Response, Status};

#[derive(Default)]
struct Stock;

#[tonic::async_trait]
impl StockService for Stock {
    async fn reserve(&self, _: Request<ReserveRequest>) -> Result<Response<ReserveResponse>, Status> {
        Ok(Response::new(ReserveResponse {}))
    }
}

async fn consume(brokers: String) -> anyhow::Result<()> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &brokers)
        .set("group.id", "stock")
        .create()?;
    consumer.subscribe(&["shop.orders.v1"])?;
    loop {
        let message = consumer.recv().await?;
        drop(message);
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tokio::spawn(consume(common::require("KAFKA_BROKERS")));
    tonic::transport::Server::builder()
        .add_service(StockServiceServer::new(Stock))
        .serve("0.0.0.0:50051".parse()?)
        .await?;
    Ok(())
}

use shop_proto::price::v1::price_service_server::{PriceService, PriceServiceServer};
use shop_proto::price::v1::*;
use sqlx::PgPool;
use tonic::{Request, Response, Status};

struct Prices {
    pool: PgPool,
}

#[tonic::async_trait]
impl PriceService for Prices {
    async fn quote(&self, request: Request<QuoteRequest>) -> Result<Response<QuoteResponse>, Status> {
        let sku = request.into_inner().sku;
        sqlx::query("SELECT amount FROM prices WHERE sku = $1")
            .bind(sku)
            .fetch_one(&self.pool)
            .await
            .map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(QuoteResponse { amount_minor: 1 }))
    }

    async fn list_rates(&self, _: Request<ListRatesRequest>) -> Result<Response<ListRatesResponse>, Status> {
        Ok(Response::new(ListRatesResponse::default()))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Prices { pool: common::pool().await? };
    tonic::transport::Server::builder()
        .add_service(PriceServiceServer::new(service))
        .serve("0.0.0.0:50051".parse()?)
        .await?;
    Ok(())
}

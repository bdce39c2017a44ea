//! What things cost: one gRPC service over one table.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// Generated from `proto/shop/price/v1`.
pub mod proto {
    tonic::include_proto!("shop.price.v1");
}

use proto::price_service_server::{PriceService, PriceServiceServer};
use proto::{QuoteRequest, QuoteResponse};

struct Prices {
    pool: PgPool,
}

#[tonic::async_trait]
impl PriceService for Prices {
    async fn quote(&self, request: Request<QuoteRequest>) -> Result<Response<QuoteResponse>, Status> {
        let QuoteRequest { sku, quantity } = request.into_inner();
        let row: Option<(i64, String)> =
            sqlx::query_as("SELECT amount_cents, currency_code FROM prices WHERE sku = $1")
                .bind(&sku)
                .fetch_optional(&self.pool)
                .await
                .map_err(|_| Status::unavailable("prices cannot be read"))?;
        let (cents, currency_code) = row.ok_or_else(|| Status::not_found("no such item"))?;
        let amount = cents as f64 / 100.0 * f64::from(quantity.max(1));
        Ok(Response::new(QuoteResponse { sku, amount, currency_code }))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let pool = PgPoolOptions::new()
        .max_connections(20)
        .acquire_timeout(Duration::from_millis(200))
        .connect_lazy(&std::env::var("DATABASE_URL")?)?;
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<PriceServiceServer<Prices>>().await;
    Server::builder()
        .timeout(Duration::from_secs(1))
        .concurrency_limit_per_connection(64)
        .add_service(health_service)
        .add_service(PriceServiceServer::new(Prices { pool }))
        .serve("0.0.0.0:50051".parse()?)
        .await?;
    Ok(())
}

//! What customers are about to buy: a gRPC service, and a consumer that empties carts once they are ordered.

mod consumer;
mod grpc;
mod prices;

use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use tokio::signal::unix::{SignalKind, signal};
use tonic::transport::Server;

/// Generated from `proto/shop`.
pub mod proto {
    /// `shop.cart.v1`.
    pub mod cart {
        tonic::include_proto!("shop.cart.v1");
    }
    /// `shop.price.v1`.
    pub mod price {
        tonic::include_proto!("shop.price.v1");
    }
}

use proto::cart::cart_service_server::CartServiceServer;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let pool = PgPoolOptions::new()
        .max_connections(20)
        .acquire_timeout(Duration::from_millis(500))
        .connect_lazy(&std::env::var("DATABASE_URL")?)?;
    let prices = prices::connect(std::env::var("PRICE_URL")?)?;
    let consumer = tokio::spawn(consumer::run(pool.clone(), std::env::var("KAFKA_BROKERS")?));

    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<CartServiceServer<grpc::Carts>>().await;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::builder()
        .timeout(Duration::from_secs(2))
        .concurrency_limit_per_connection(64)
        .add_service(health_service)
        .add_service(CartServiceServer::new(grpc::Carts { pool, prices }))
        .serve_with_shutdown("0.0.0.0:50051".parse()?, async move {
            terminate.recv().await;
        });
    // Whichever ends first ends the process: a cart that no longer consumes must be started anew.
    tokio::select! {
        result = server => result?,
        result = consumer => result??,
    }
    Ok(())
}

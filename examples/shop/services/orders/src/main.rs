//! Where orders are placed: an HTTP edge over the cart, with its own table and its own events.

mod carts;
mod events;
mod http;
mod store;

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use sqlx::postgres::PgPoolOptions;
use tokio::signal::unix::{SignalKind, signal};

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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let pool = PgPoolOptions::new()
        .max_connections(30)
        .acquire_timeout(Duration::from_millis(500))
        .connect_lazy(&std::env::var("DATABASE_URL")?)?;
    let state = http::Shop {
        pool,
        carts: carts::connect(std::env::var("CART_URL")?)?,
        prices: carts::connect_prices(std::env::var("PRICE_URL")?)?,
        events: events::producer(&std::env::var("KAFKA_BROKERS")?)?,
    };
    let app = Router::new()
        .route("/orders", post(http::place_order))
        .route("/orders/{id}", get(http::get_order))
        .route("/quotes/{sku}", get(http::quote))
        .route("/healthz", get(|| async { "ok" }))
        .with_state(state);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    let mut terminate = signal(SignalKind::terminate())?;
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            terminate.recv().await;
        })
        .await?;
    Ok(())
}

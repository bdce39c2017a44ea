use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::Router;
use clients::{Clients, Prices};
use common::{Events, Topic};
use sqlx::PgPool;

struct App {
    prices: Arc<dyn Prices>,
    pool: PgPool,
    events: Events,
}

async fn show(State(app): State<Arc<App>>, Path(sku): Path<String>) -> String {
    let price = app.prices.price_of(&sku).await.unwrap_or_default();
    let rows = sqlx::query("SELECT id FROM carts WHERE sku = $1 LIMIT 10").bind(&sku).fetch_all(&app.pool).await;
    format!("{price} {}", rows.map(|rows| rows.len()).unwrap_or(0))
}

async fn order(State(app): State<Arc<App>>) -> Result<(), axum::http::StatusCode> {
    app.events.publish(Topic::Orders, "{}").await.map_err(|_| axum::http::StatusCode::BAD_GATEWAY)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let clients = Clients::new(common::require("PRICE_URL"), common::require("STOCK_URL"));
    let app = App {
        prices: Arc::new(clients),
        pool: common::pool().await?,
        events: Events::new(&common::require("KAFKA_BROKERS"))?,
    };
    let router = Router::new().route("/carts/{sku}", get(show)).route("/orders", post(order)).with_state(Arc::new(app));
    let listener = tokio::net::TcpListener::bind(common::or("LISTEN", "0.0.0.0:8080")).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::Router;
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

#[tokio::main]
async fn main() {
    let url = std::env::var("DATABASE_URL").unwrap();
    let pool = PgPoolOptions::new().max_connections(10).acquire_timeout(Duration::from_secs(3)).connect(&url).await.unwrap();
    let app = Router::new().route("/carts/{id}", get(read)).with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn read(State(pool): State<PgPool>, id: String) -> Result<String, sqlx::Error> {
    let (items,): (String,) = sqlx::query_as("SELECT items FROM carts WHERE id = $1").bind(&id).fetch_one(&pool).await?;
    tokio::spawn(async move { viewed(id).await });
    Ok(items)
}

async fn viewed(id: String) {
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap();
    let _ = producer.send(FutureRecord::to("cart.viewed").key(&id).payload("{}"), Duration::from_secs(0)).await;
}

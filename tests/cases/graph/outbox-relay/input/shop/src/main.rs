use axum::extract::State;
use axum::{routing::post, Router};
use rdkafka::ClientConfig;
use sqlx::PgPool;

const ORDERS: &str = "shop.orders.v1";

async fn order(State(pool): State<PgPool>) -> Result<(), String> {
    let mut transaction = pool.begin().await.map_err(|error| error.to_string())?;
    events::outbox::add(&mut transaction, ORDERS, "17", b"placed").await.map_err(|error| error.to_string())?;
    transaction.commit().await.map_err(|error| error.to_string())
}

async fn cancel(State(pool): State<PgPool>) -> Result<(), String> {
    let mut transaction = pool.begin().await.map_err(|error| error.to_string())?;
    events::outbox::add(&mut transaction, "shop.refunds.v1", "17", b"due").await.map_err(|error| error.to_string())?;
    transaction.commit().await.map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = PgPool::connect("postgres://db/shop").await?;
    let producer = ClientConfig::new().set("bootstrap.servers", "kafka:9092").create()?;
    tokio::spawn(events::outbox::relay(pool.clone(), producer));
    let app = Router::new().route("/orders", post(order)).route("/cancellations", post(cancel)).with_state(pool);
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await?, app).await?;
    Ok(())
}

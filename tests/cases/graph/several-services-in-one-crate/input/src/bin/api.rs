use axum::{Router, extract::State, routing::get};
use backend::store;
use sqlx::PgPool;

async fn count(State(pool): State<PgPool>) -> String {
    store::orders(&pool).await.to_string()
}

#[tokio::main]
async fn main() {
    let url = std::env::var("DATABASE_URL").unwrap();
    let router = Router::new().route("/orders", get(count)).with_state(store::connect(&url).await);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

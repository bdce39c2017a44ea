use axum::{Router, extract::State, routing::get};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

#[tokio::main]
async fn main() {
    let pool = PgPoolOptions::new().max_connections(5).connect(&std::env::var("DATABASE_URL").unwrap()).await.unwrap();
    let app = Router::new().route("/", get(index)).with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index(State(pool): State<PgPool>) -> String {
    sqlx::query("UPDATE items SET price = 1 WHERE id = 1").execute(&pool).await.unwrap();
    String::new()
}

use axum::{Router, extract::State, routing::get};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

#[tokio::main]
async fn main() {
    let pool = PgPoolOptions::new().max_connections(5).connect(&std::env::var("DATABASE_URL").unwrap()).await.unwrap();
    sqlx::migrate!("./migrations").run(&pool).await.unwrap();
    let app = Router::new().route("/", get(index)).with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index(State(pool): State<PgPool>) -> String {
    sqlx::query("INSERT INTO items (id) VALUES (1)").execute(&pool).await.unwrap();
    String::new()
}

use axum::{Router, extract::State, routing::get};
use deadpool_postgres::{Config, Pool};

#[tokio::main]
async fn main() {
    let mut config = Config::new();
    config.host = Some("pg".into());
    config.dbname = Some("shop".into());
    let pool: Pool = config.create_pool(None, tokio_postgres::NoTls).unwrap();
    let db = sea_orm::Database::connect("postgres://orders/orders").await.unwrap();
    let a = Router::new().route("/a", get(one)).with_state(pool);
    let b = Router::new().route("/b", get(two)).with_state(db);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, a.merge(b)).await.unwrap();
}

async fn one(State(pool): State<Pool>) -> String {
    let client = pool.get().await.unwrap();
    client.query_one("SELECT name FROM carts WHERE id = 1", &[]).await.unwrap();
    String::new()
}

async fn two(State(db): State<sea_orm::DatabaseConnection>) -> String {
    db.execute_unprepared("DELETE FROM orders WHERE id = 1").await.unwrap();
    String::new()
}

use sqlx::postgres::{PgPool, PgPoolOptions};

pub async fn connect(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(5).connect(url).await.expect("the database")
}

pub async fn orders(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(pool).await.unwrap_or(0)
}

pub async fn archive(pool: &PgPool) {
    let _ = sqlx::query("DELETE FROM orders WHERE placed < now() - interval '1 year'").execute(pool).await;
}

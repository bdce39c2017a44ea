use axum::Router;
use axum::extract::State;
use axum::routing::get;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

#[tokio::main]
async fn main() {
    let url = std::env::var("DATABASE_URL").unwrap();
    let pool = PgPoolOptions::new().max_connections(10).connect(&url).await.unwrap();
    let app = Router::new().route("/carts/{id}", get(read)).with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn read(State(pool): State<PgPool>, id: String) -> Result<String, sqlx::Error> {
    let (items,): (String,) = sqlx::query_as("SELECT items FROM carts WHERE id = $1").bind(&id).fetch_one(&pool).await?;
    Ok(items)
}

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use reqwest::{Error, StatusCode};
use sqlx::PgPool;

#[derive(Clone)]
struct Shop {
    pool: PgPool,
    cache: redis::aio::MultiplexedConnection,
}

#[tokio::main]
async fn main() {
    let pool = PgPool::connect("postgres://db:5432/shop").await.unwrap();
    let client = redis::Client::open("redis://cache:6379").unwrap();
    let cache = client.get_multiplexed_async_connection().await.unwrap();
    let app = Router::new()
        .route("/passed-on/{id}", get(passed_on))
        .route("/without/{id}", get(without))
        .route("/by-name/{id}", get(by_name))
        .route("/by-function/{id}", get(by_function))
        .route("/only-when-absent/{id}", get(only_when_absent))
        .route("/leaves-early/{id}", get(leaves_early))
        .route("/from-cache/{id}", get(from_cache))
        .route("/otherwise/{id}", get(otherwise))
        .route("/in-time/{id}", get(in_time))
        .route("/apart/{id}", post(apart))
        .with_state(Shop { pool, cache });
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn price(id: &str) -> Result<String, Error> {
    let client = reqwest::Client::builder().timeout(Duration::from_millis(800)).build()?;
    client.get(format!("http://price:8080/prices/{id}")).send().await?.text().await
}

async fn passed_on(id: String) -> Result<String, Error> {
    let price = price(&id).await;
    Ok(format!("it costs {}", price?))
}

async fn without(id: String) -> String {
    price(&id).await.unwrap_or_default()
}

/// The result has a name before its failure is handled.
async fn by_name(id: String) -> String {
    let answer = price(&id).await;
    match answer {
        Ok(price) => price,
        Err(_) => "ask us".to_owned(),
    }
}

/// A function of the project handles the failure.
async fn by_function(id: String) -> Result<String, Error> {
    Ok(available(price(&id).await)?.unwrap_or_default())
}

fn available<T>(outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_connect() || error.is_timeout() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Handles what an answer says, and not that there is none.
async fn only_when_absent(id: String) -> Result<String, Error> {
    match price(&id).await {
        Ok(price) => Ok(price),
        Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

async fn leaves_early(id: String) -> Result<String, Error> {
    if id.starts_with("gift") {
        return Ok("nothing".to_owned());
    }
    price(&id).await
}

/// Redis is asked first, the price only when it does not have it.
async fn from_cache(State(shop): State<Shop>, id: String) -> Result<String, Error> {
    kept(shop, &id, || price(&id)).await
}

async fn kept<F: Future<Output = Result<String, Error>>>(
    mut shop: Shop,
    id: &str,
    load: impl FnOnce() -> F,
) -> Result<String, Error> {
    let found: Option<String> = redis::cmd("GET").arg(id).query_async(&mut shop.cache).await.ok();
    if let Some(found) = found {
        return Ok(found);
    }
    load().await
}

async fn otherwise(State(shop): State<Shop>, id: String) -> Result<String, sqlx::Error> {
    match price(&id).await {
        Ok(price) => Ok(price),
        Err(_) => list_price(&shop, &id).await,
    }
}

async fn list_price(shop: &Shop, id: &str) -> Result<String, sqlx::Error> {
    let (price,): (String,) = sqlx::query_as("SELECT price FROM list_prices WHERE id = $1").bind(id).fetch_one(&shop.pool).await?;
    Ok(price)
}

/// Whatever does not come within 300 ms is a failure.
async fn in_time(id: String) -> Result<String, Error> {
    match tokio::time::timeout(Duration::from_millis(300), price(&id)).await {
        Ok(price) => price,
        Err(_) => Ok(String::new()),
    }
}

async fn apart(id: String) {
    tokio::spawn(async move { price(&id).await });
}

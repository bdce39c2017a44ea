mod settings;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Router, routing::post};
use deadpool_redis::redis::AsyncCommands;
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use settings::Settings;
use sqlx::postgres::PgPoolOptions;

struct App {
    settings: Settings,
    http: reqwest::Client,
    producer: FutureProducer,
    pool: sqlx::PgPool,
    cache: deadpool_redis::Pool,
}

async fn place(State(app): State<Arc<App>>) -> Result<(), StatusCode> {
    let url = format!("{}/v1/charges", app.settings.payments.url);
    app.http.post(url).send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    sqlx::query("INSERT INTO orders (id) VALUES (gen_random_uuid())")
        .execute(&app.pool)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut cache = app.cache.get().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let _: Result<(), _> = cache.set_ex("last", 1, 60).await;
    let record = FutureRecord::<str, str>::to(&app.settings.kafka.topic).payload("{}").key("k");
    let _ = app.producer.send(record, Duration::from_secs(1)).await;
    Ok(())
}

#[tokio::main]
async fn main() {
    let settings = Settings::load().expect("settings");
    let http = reqwest::Client::builder().timeout(Duration::from_millis(settings.payments.timeout_ms)).build().unwrap();
    let producer = ClientConfig::new().set("bootstrap.servers", &settings.kafka.brokers).create().unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(settings.database.max_connections)
        .connect_lazy(&settings.database.url)
        .unwrap();
    let cache = deadpool_redis::Config::from_url(&settings.cache_url).create_pool(None).unwrap();
    let address = ("0.0.0.0", settings.server.port);
    let app = Arc::new(App { settings, http, producer, pool, cache });
    let router = Router::new().route("/orders", post(place)).with_state(app);
    axum::serve(tokio::net::TcpListener::bind(address).await.unwrap(), router).await.unwrap();
}

//! Asks again for what a visitor may like, and goes on without it at last; no test lets anything fail, and none knows the other side.

use std::time::Duration;

use axum::{Router, extract::State, routing::get};
use backon::{ExponentialBuilder, Retryable};

#[tokio::main]
async fn main() {
    let client = reqwest::Client::builder().timeout(Duration::from_millis(80)).build().unwrap();
    let app = Router::new().route("/", get(index)).with_state(client);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index(State(client): State<reqwest::Client>) -> String {
    let liked = (|| recommended(&client)).retry(ExponentialBuilder::default().with_jitter()).await;
    format!("<html>{}</html>", liked.unwrap_or_default())
}

async fn recommended(client: &reqwest::Client) -> Result<String, reqwest::Error> {
    client.get("http://recs:8080/").send().await?.text().await
}

//! Asks the bank for a charge once: it has no retries of its own.

use std::time::Duration;

use axum::{Router, extract::State, routing::post};

#[tokio::main]
async fn main() {
    let client = reqwest::Client::builder().timeout(Duration::from_millis(500)).build().unwrap();
    let app = Router::new().route("/orders", post(order)).with_state(client);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).with_graceful_shutdown(terminated()).await.unwrap();
}

async fn order(State(client): State<reqwest::Client>) -> Result<String, String> {
    let charged = client.post("http://bank:8080/charges").send().await.map_err(|error| error.to_string())?;
    charged.text().await.map_err(|error| error.to_string())
}

async fn terminated() {
    let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    signal.recv().await;
}

//! Charges each time it is asked.

use axum::{Router, routing::post};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/charges", post(charge));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).with_graceful_shutdown(terminated()).await.unwrap();
}

async fn charge() -> &'static str {
    "charged"
}

async fn terminated() {
    let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    signal.recv().await;
}

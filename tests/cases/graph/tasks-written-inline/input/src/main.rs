use axum::{Router, routing::get};
use backon::{ConstantBuilder, Retryable};

#[tokio::main]
async fn main() {
    (|| async { reqwest::get("http://other/create").await })
        .retry(ConstantBuilder::default().with_max_times(10).with_jitter())
        .await
        .ok();
    let server = tokio::spawn(async move {
        let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
        axum::serve(listener, Router::new().route("/", get(show))).await.unwrap();
    });
    server.await.unwrap();
}

async fn show() -> &'static str {
    "ok"
}

use axum::{Router, routing::get};
use backon::{ConstantBuilder, Retryable};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/", get(index));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index() -> Result<String, reqwest::Error> {
    let client = reqwest::Client::builder().timeout(std::time::Duration::from_millis(2000)).build().unwrap();
    let response = (|| async { client.get("http://price:8080/").send().await })
        .retry(ConstantBuilder::default().with_delay(std::time::Duration::from_millis(100)).with_max_times(2).with_jitter())
        .await?;
    response.text().await
}

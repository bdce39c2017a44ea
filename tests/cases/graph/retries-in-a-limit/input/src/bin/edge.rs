use axum::{Router, routing::get};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/", get(index));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index() -> Result<String, reqwest::Error> {
    let client = reqwest::Client::builder().timeout(std::time::Duration::from_millis(5000)).build().unwrap();
    client.get("http://cart:8080/").send().await?.text().await
}

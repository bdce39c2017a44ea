use axum::{Router, routing::get};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/", get(index));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index() -> Result<String, reqwest::Error> {
    let client = reqwest::Client::builder().timeout(std::time::Duration::from_millis(500)).build().unwrap();
    client.get("http://tax:8080/").send().await?;
    client.get("http://price:8080/").send().await?;
    client.get("http://stock:8080/").send().await?;
    client.get("http://user:8080/").send().await?;
    client.get("http://rebate:8080/").send().await?;
    client.get("http://review:8080/").send().await?;
    client.get("http://image:8080/").send().await?;
    Ok(String::new())
}

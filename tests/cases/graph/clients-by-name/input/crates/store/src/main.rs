use axum::routing::{get, post};

async fn utilization() -> &'static str {
    "0"
}

async fn attach() -> &'static str {
    ""
}

#[tokio::main]
async fn main() {
    let router = axum::Router::new().route("/v1/utilization", get(utilization)).route("/v1/store/attach", post(attach));
    // The keeper is told to each by its operator.
    let keeper: http::Uri = std::env::var("KEEPER_URL").expect("KEEPER_URL").parse().expect("a URL");
    let client = reqwest::Client::new();
    client.post(format!("{}re-attach", keeper)).send().await.expect("the keeper");
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

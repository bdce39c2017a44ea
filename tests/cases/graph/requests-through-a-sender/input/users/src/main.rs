use axum::routing::{get, post};
use axum::Router;

async fn find() -> &'static str {
    "one"
}

async fn create() {}

#[tokio::main]
async fn main() {
    let router = Router::new().route("/v1/users/{id}", get(find)).route("/v1/users", post(create));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

use axum::routing::put;
use axum::Router;

async fn replace() {}

#[tokio::main]
async fn main() {
    let router = Router::new().route("/orders/{id}", put(replace));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

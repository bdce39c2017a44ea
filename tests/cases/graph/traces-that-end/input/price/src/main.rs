use axum::{Router, extract::{MatchedPath, Path, Request}, routing::get};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/orders", get(index));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index(req: Request) -> String {
    String::new()
}

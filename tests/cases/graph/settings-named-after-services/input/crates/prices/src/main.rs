use axum::routing::get;

async fn items() -> &'static str {
    ""
}

#[tokio::main]
async fn main() {
    let router = axum::Router::new().route("/items", get(items));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

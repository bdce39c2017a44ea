use axum::{Router, extract::Path, routing::get};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/{name}", get(show));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn show(Path(name): Path<String>) {
    tracing::info!(name: "show", other = 1);
    tracing::info!(name = "changed");
    reqwest::get(format!("http://other/db/{name}")).await.unwrap();
}

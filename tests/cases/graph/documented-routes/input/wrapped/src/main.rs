use axum::{routing::get, Router};
use tower::Layer;
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};

async fn root() {}
async fn machines() {}

fn admin() -> Result<NormalizePath<Router>, ()> {
    let router = Router::new().route("/", get(root)).route("/machines", get(machines));
    Ok(NormalizePathLayer::trim_trailing_slash().layer(router))
}

#[tokio::main]
async fn main() {
    let app = Router::new().nest_service("/admin", admin().unwrap());
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

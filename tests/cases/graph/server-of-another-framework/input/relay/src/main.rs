use axum::extract::Path;
use axum::routing::get;
use axum::Router;

async fn relay(Path(id): Path<u32>) -> String {
    let url = format!("http://keys:8080/api/v1/keys/{id}");
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

#[tokio::main]
async fn main() {
    let inner = Router::new().route("/key/{id}", get(relay));
    vendor_runtime::serve(Router::new().nest("/public", inner)).await;
}

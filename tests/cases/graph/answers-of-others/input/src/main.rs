use axum::{Router, routing::get};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Identity {
    tenant: String,
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/", get(show));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn show() {
    let mine = Identity { tenant: "own".into() };
    let theirs: Identity = reqwest::get("http://other/whoami").await.unwrap().json().await.unwrap();
    reqwest::get(format!("http://other/tenants/{}", theirs.tenant)).await.unwrap();
    reqwest::get(format!("http://other/mine/{}", mine.tenant)).await.unwrap();
}

use std::sync::Arc;

use axum::{Extension, Router, routing::get};
use common::Store;
use tokio::sync::Mutex;

async fn index(Extension(store): Extension<Arc<Mutex<Store>>>) -> String {
    let mut store = store.lock().await;
    format!("{}", store.visits().await)
}

#[tokio::main]
async fn main() {
    let store = Arc::new(Mutex::new(Store::open("redis://sessions:6379/2").await));
    let app = Router::new().route("/", get(index)).layer(Extension(store));
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap(), app).await.unwrap();
}

use axum::extract::Query;
use axum::routing::{get, post};
use std::collections::HashMap;

/// Where the nodes are, they tell.
async fn balance(Query(nodes): Query<HashMap<String, String>>) -> String {
    let shelf = shelf_client::Client::new(nodes["shelf"].clone());
    let store = store_client::Client::new(nodes["store"].clone());
    let flags = flags_client::Client::new(nodes["flags"].clone());
    flags.attach().await.unwrap_or_default();
    format!("{:?} {:?}", shelf.utilization().await, store.utilization().await)
}

async fn re_attach() -> &'static str {
    ""
}

#[tokio::main]
async fn main() {
    let router =
        axum::Router::new().route("/balance", get(balance)).route("/upcall/v1/re-attach", post(re_attach));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8081").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

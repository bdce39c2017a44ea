mod pages;
#[path = "shared/state.rs"]
mod state;

pub mod pb {
    tonic::include_proto!("shop.price.v1");
}

#[tokio::main]
async fn main() {
    let state = state::State::new();
    let app = axum::Router::new().route("/price/{sku}", axum::routing::get(pages::price)).with_state(state);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

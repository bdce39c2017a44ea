use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};

#[tokio::main]
async fn main() {
    let app = Router::new().route("/cart/{id}", get(show)).route("/checkout/{id}", post(checkout));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_millis(800)).build().unwrap()
}

/// The cart, with its price if there is one.
async fn show(id: String) -> Result<String, reqwest::Error> {
    let cart = client().get(format!("http://cart:8080/carts/{id}")).send().await?.text().await?;
    let price = price(&id).await.unwrap_or_default();
    Ok(format!("{cart} {price}"))
}

async fn price(id: &str) -> Result<String, reqwest::Error> {
    let client = reqwest::Client::new();
    client.get(format!("http://price:8080/prices/{id}")).send().await?.text().await
}

async fn checkout(id: String) -> Result<Json<String>, reqwest::Error> {
    let client = client();
    let cart = client.get(format!("http://cart:8080/carts/{id}"));
    let price = client.get(format!("http://price:8080/prices/{id}"));
    let (cart, price) = tokio::try_join!(cart.send(), price.send())?;
    Ok(Json(format!("{} {}", cart.status(), price.status())))
}

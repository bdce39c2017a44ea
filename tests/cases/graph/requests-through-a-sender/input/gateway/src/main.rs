use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use axum::Router;
use kit::{ApiClient, Verb};

struct App {
    users: ApiClient,
    orders: ApiClient,
}

async fn user(State(app): State<Arc<App>>, Path(id): Path<String>) -> String {
    app.users.get(&format!("users/{id}")).await.unwrap_or_default()
}

async fn register(State(app): State<Arc<App>>) {
    app.users.send(Verb::Create, "users").await.ok();
}

async fn order(State(app): State<Arc<App>>, Path(id): Path<String>) {
    app.orders.send(Verb::Replace, &format!("/orders/{id}")).await.ok();
}

#[tokio::main]
async fn main() {
    let address = |name: &str| std::env::var(name).expect("an address");
    let app = App { users: ApiClient::new(address("USERS_URL")), orders: ApiClient::new(address("ORDERS_URL")) };
    let router = Router::new()
        .route("/user/{id}", get(user))
        .route("/register", post(register))
        .route("/order/{id}", put(order))
        .with_state(Arc::new(app));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

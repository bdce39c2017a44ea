use axum::{Router, extract::State, routing::post};
use mongodb::bson::{Document, doc};
use serde::Deserialize;

#[derive(Deserialize)]
struct Settings {
    mongo_uri: String,
    #[serde(default = "database")]
    mongo_database: String,
}

fn database() -> String {
    "payments".into()
}

async fn charge(State(db): State<mongodb::Database>) -> &'static str {
    db.collection::<Document>("charges").insert_one(doc! { "amount": 1 }).await.ok();
    "ok"
}

#[tokio::main]
async fn main() {
    let settings = envy::prefixed("PAY_").from_env::<Settings>().unwrap();
    let client = mongodb::Client::with_uri_str(&settings.mongo_uri).await.unwrap();
    let router = Router::new().route("/v1/charges", post(charge)).with_state(client.database(&settings.mongo_database));
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:9000").await.unwrap(), router).await.unwrap();
}

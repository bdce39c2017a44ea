use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use rdkafka::ClientConfig;
use shared::{Bus, Event};

async fn place(State(bus): State<Bus>, Path(id): Path<String>) {
    bus.publish(Event::OrderPlaced, &id, b"{}").await;
}

async fn ship(State(bus): State<Bus>, Path(id): Path<String>) {
    bus.publish(Event::OrderShipped, &id, b"{}").await;
    bus.audit(&id, b"shipped").await;
}

#[tokio::main]
async fn main() {
    let brokers = std::env::var("KAFKA_BROKERS").unwrap_or_else(|_| "localhost:9092".to_owned());
    let producer = ClientConfig::new().set("bootstrap.servers", &brokers).create().expect("a producer");
    let router =
        Router::new().route("/orders/{id}", post(place)).route("/orders/{id}/ship", post(ship)).with_state(Bus::new(producer));
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap(), router).await.unwrap();
}

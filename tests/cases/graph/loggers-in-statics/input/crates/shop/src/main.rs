use std::sync::Arc;

use axum::routing::get;
use events::{log_event, EventLogger, Level};

struct Usage {
    client: reqwest::Client,
}

impl EventLogger for Usage {
    fn log_event(&self, name: &str, labels: serde_json::Value, values: Vec<(String, f64)>, level: Level) {
        if level != Level::Usage {
            return;
        }
        let client = self.client.clone();
        let event = serde_json::json!({ "event": name, "labels": labels, "values": values });
        tokio::task::spawn(async move {
            if let Err(error) = client.post("https://events.example.com/capture").json(&event).send().await {
                eprintln!("{error}");
            }
        });
    }
}

async fn page() -> &'static str {
    log_event!("page", { "of": "shop" });
    "ok"
}

#[tokio::main]
async fn main() {
    events::init(Arc::new(Usage { client: reqwest::Client::new() }));
    let router = axum::Router::new().route("/", get(page));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

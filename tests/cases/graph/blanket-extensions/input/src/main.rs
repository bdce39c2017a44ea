mod checks;
mod prices;

use axum::extract::State;
use axum::routing::get;
use checks::{Checks, ChecksOps};
use prices::Prices;

/// The methods that it calls are those of an extension of the trait that it asks for.
async fn page<C: Checks + Clone>(State(checks): State<C>) -> String {
    checks.allowed("a").await.then(|| "yes".to_owned()).unwrap_or_default()
}

/// Asks the server that runs on the same machine, on the port that both are told.
async fn check_health(port: u16) -> bool {
    let url = format!("http://localhost:{port}/health");
    reqwest::get(url).await.is_ok_and(|response| response.status().is_success())
}

async fn health() -> &'static str {
    "ok"
}

#[tokio::main]
async fn main() {
    let port: u16 = std::env::var("PORT").expect("PORT").parse().expect("a number");
    if std::env::args().nth(1).as_deref() == Some("check") {
        assert!(check_health(port).await);
        return;
    }
    let prices = Prices::new(std::env::var("RULES_URL").expect("RULES_URL"));
    let router =
        axum::Router::new().route("/", get(page::<Prices>)).route("/health", get(health)).with_state(prices);
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

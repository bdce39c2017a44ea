use axum::routing::get;

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// Both have such a route; the names of the settings tell who is meant. Nobody here is called `mail`.
async fn page() -> String {
    let prices = reqwest::get(format!("{}/items", setting("PRICES_BASE_URL"))).await;
    let stock = reqwest::get(format!("{}/items", setting("STOCK_SERVICE_URL"))).await;
    let mail = reqwest::get(format!("{}/items", setting("MAIL_URL"))).await;
    // The stock has no such route.
    let other = reqwest::get(format!("{}/letters", setting("STOCK_URL"))).await;
    format!("{} {} {} {}", prices.is_ok(), stock.is_ok(), mail.is_ok(), other.is_ok())
}

#[tokio::main]
async fn main() {
    let router = axum::Router::new().route("/", get(page));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

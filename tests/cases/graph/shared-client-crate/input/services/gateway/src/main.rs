use axum::routing::get;
use axum::Router;
use serde::Deserialize;

#[derive(Clone, Deserialize)]
struct Settings {
    cart_base_url: String,
    #[serde(default = "port")]
    port: u16,
}

fn port() -> u16 {
    8080
}

#[derive(Clone)]
struct Gateway {
    http: reqwest::Client,
    settings: Settings,
}

impl Gateway {
    async fn cart(&self, sku: &str) -> reqwest::Result<String> {
        let url = format!("{}/carts/{sku}", self.settings.cart_base_url);
        self.http.get(&url).send().await?.error_for_status()?.text().await
    }
}

async fn page(axum::extract::State(gateway): axum::extract::State<Gateway>) -> String {
    gateway.cart("a").await.unwrap_or_default()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings: Settings = envy::from_env()?;
    let port = settings.port;
    let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(3)).build()?;
    // Built for a page to come: nothing is called with it yet.
    let _clients = clients::Clients::new(common::or("PRICE_URL", "http://price:50051"), common::or("STOCK_URL", "http://stock:50051"));
    let router = Router::new().route("/", get(page)).with_state(Gateway { http, settings });
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

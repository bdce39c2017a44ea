//! `.into()`, `.try_into()` and `.parse()` run what the project writes for them, also for trait objects.

use std::str::FromStr;

struct Settings {
    url: String,
}

struct Partner {
    client: reqwest::Client,
    url: String,
}

impl Partner {
    async fn call(&self) {
        self.client.get(&self.url).send().await.ok();
    }
}

impl From<Settings> for Partner {
    fn from(settings: Settings) -> Self {
        Self { client: reqwest::Client::new(), url: format!("{}/items", settings.url) }
    }
}

trait Output: Send {
    async fn send(&self);
}

struct Writer;

impl Output for Writer {
    async fn send(&self) {
        reqwest::get("http://writer/lines").await.ok();
    }
}

impl TryFrom<Settings> for Box<dyn Output> {
    type Error = String;

    fn try_from(_: Settings) -> Result<Self, String> {
        Ok(Box::new(Writer))
    }
}

struct Probe;

impl Probe {
    async fn run(&self) {
        reqwest::get("http://probe/run").await.ok();
    }
}

impl FromStr for Probe {
    type Err = std::io::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        std::fs::read_to_string(text).map(|_| Probe)
    }
}

async fn call(partner: Partner) {
    partner.call().await;
}

#[tokio::main]
async fn main() {
    call(Settings { url: "http://partner".to_owned() }.into()).await;
    let output: Box<dyn Output> = Settings { url: "http://partner".to_owned() }.try_into().unwrap();
    output.send().await;
    if let Ok(probe) = "/etc/probe".parse::<Probe>() {
        probe.run().await;
    }
    serve().await;
}

async fn serve() {
    let router = axum::Router::new().route("/ready", axum::routing::get(async || "ready"));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

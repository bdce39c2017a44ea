//! Paths and addresses that are made of constants by functions of texts, operators and associated constants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

trait Notice {
    const PATH: &'static str;
}

struct Attach;
struct Detach;

impl Notice for Attach {
    const PATH: &'static str = "/attach/";
}

impl Notice for Detach {
    const PATH: &'static str = "/detach/";
}

struct Partner {
    base: reqwest::Url,
    client: reqwest::Client,
}

impl Partner {
    fn at(&self, path: &str) -> reqwest::Url {
        (self.base.to_string() + path).parse().unwrap()
    }

    async fn notify<M: Notice>(&self) {
        let url = format!("http://notices/{}", M::PATH.trim_matches('/'));
        self.client.put(url).send().await.ok();
    }

    async fn status(&self) {
        self.client.get(self.at("/status")).send().await.ok();
        self.client.put(format!("{}control/v1/step_down", self.base)).send().await.ok();
    }
}

#[derive(Clone, Default)]
struct Node;

impl Node {
    async fn owned(self) {
        reqwest::get("http://nodes/owned").await.ok();
    }

    async fn shared(self) {
        reqwest::get("http://nodes/shared").await.ok();
    }

    async fn ping(&self) {
        reqwest::get("http://nodes/ping").await.ok();
    }
}

async fn ping_all(nodes: Vec<(u32, Node)>) {
    for (_, node) in nodes {
        node.ping().await;
    }
}

#[tokio::main]
async fn main() {
    let base = std::env::var("PARTNER_URL").unwrap().parse().unwrap();
    let partner = Partner { base, client: reqwest::Client::new() };
    partner.notify::<Attach>().await;
    partner.notify::<Detach>().await;
    partner.status().await;
    reqwest::get("http://PARTNER/Upper".to_lowercase()).await.ok();

    Mutex::new(Node).into_inner().unwrap().owned().await;
    Arc::try_unwrap(Arc::new(Node)).ok().unwrap().shared().await;
    let nodes = BTreeMap::from([(1u32, Node)]);
    ping_all(nodes.iter().map(|(id, node)| (*id, node.clone())).collect()).await;
    serve().await;
}

async fn serve() {
    let router = axum::Router::new().route("/ready", axum::routing::get(async || "ready"));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

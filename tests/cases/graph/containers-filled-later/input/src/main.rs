//! Collections that begin empty and are filled later; `map` of an `Option` around one.

use std::collections::*;
use std::sync::{Arc, Mutex};

struct Task(&'static str);

impl Task {
    async fn run(&self) {
        reqwest::get(format!("http://partner/{}", self.0)).await.ok();
    }
}

trait Input: Send {
    async fn poll(&self);
}

struct Queue;

impl Input for Queue {
    async fn poll(&self) {
        reqwest::get("http://partner/queue").await.ok();
    }
}

struct Stream;

impl Input for Stream {
    async fn poll(&self) {
        reqwest::get("http://partner/stream").await.ok();
    }
}

struct Probe;

impl Probe {
    async fn check(&self) {
        reqwest::get("http://partner/probe").await.ok();
    }

    async fn check_all(&self) {
        reqwest::get("http://partner/probe-of-entry").await.ok();
    }
}

struct Limits {
    names: Option<Vec<String>>,
}

struct Gate;

impl Gate {
    async fn open(&self) {
        reqwest::get("http://partner/gate").await.ok();
    }
}

#[derive(Default)]
struct Pool {
    probes: Mutex<Vec<Probe>>,
    by_name: BTreeMap<String, Arc<dyn Input>>,
}

impl Pool {
    fn fill(&mut self) {
        self.probes.lock().unwrap().push(Probe);
        self.by_name.insert("stream".to_owned(), Arc::new(Stream));
    }

    async fn work(&self) {
        for (_, input) in &self.by_name {
            input.poll().await;
        }
        let probes = std::mem::take(&mut *self.probes.lock().unwrap());
        for probe in probes {
            probe.check().await;
        }
    }
}

/// The addresses of the elements of a list that is filled and given back.
fn addresses() -> Vec<String> {
    let mut all = Vec::with_capacity(2);
    all.push("http://first/status".to_owned());
    all.push("http://second/status".to_owned());
    all
}

#[tokio::main]
async fn main() {
    let mut tasks = Vec::new();
    tasks.push(Task("task"));
    for task in tasks {
        task.run().await;
    }
    let mut inputs: Vec<Box<dyn Input>> = Vec::new();
    inputs.push(Box::new(Queue));
    for input in inputs.iter() {
        input.poll().await;
    }
    let mut probes = HashMap::new();
    probes.entry("a").or_insert_with(|| Probe);
    for probe in probes.values() {
        probe.check_all().await;
    }
    let client = reqwest::Client::new();
    for address in addresses() {
        client.get(address).send().await.ok();
    }
    let limits = Limits { names: std::env::var("NAMES").ok().map(|names| vec![names]) };
    if let Some(gate) = limits.names.as_ref().map(|_| Gate) {
        gate.open().await;
    }
    let mut pool = Pool::default();
    pool.fill();
    pool.work().await;
    serve().await;
}

async fn serve() {
    let router = axum::Router::new().route("/ready", axum::routing::get(async || "ready"));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

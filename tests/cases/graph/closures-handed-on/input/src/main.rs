//! Closures that are given from function to function, or bound to a name and called with something.

use std::future::Future;

struct Api {
    client: reqwest::Client,
}

impl Api {
    async fn ping(&self) {
        self.client.get("http://partner/ping").send().await.ok();
    }
}

async fn inner<O, F>(op: O)
where
    O: FnOnce(Api) -> F,
    F: Future<Output = ()>,
{
    op(Api { client: reqwest::Client::new() }).await
}

async fn outer<O, F>(op: O)
where
    O: FnOnce(Api) -> F,
    F: Future<Output = ()>,
{
    inner(op).await
}

/// What the closure does is done where it may block.
async fn off_runtime<T: Send + 'static>(op: impl FnOnce(u8) -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(move || op(1)).await.unwrap()
}

#[tokio::main]
async fn main() {
    outer(|api| async move { api.ping().await }).await;

    let client = reqwest::Client::new();
    let request = client.post("http://partner/items").build().unwrap();
    let send = async |request| client.execute(request).await.ok();
    send(request).await;

    let fetch = |path: &str| client.get(format!("http://partner/{path}")).send();
    fetch("first").await.ok();
    tokio::time::timeout(std::time::Duration::from_secs(1), fetch("second")).await.ok();

    off_runtime(|_| std::fs::remove_file("/tmp/lock")).await.ok();
    serve().await;
}

async fn serve() {
    let router = axum::Router::new().route("/ready", axum::routing::get(async || "ready"));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

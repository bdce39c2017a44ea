use axum::{Router, extract::State, routing::get};
use backon::{ExponentialBuilder, Retryable};

struct Retries {
    times: usize,
    jitter: bool,
}

impl From<&Retries> for ExponentialBuilder {
    fn from(of: &Retries) -> Self {
        let builder = ExponentialBuilder::default().with_max_times(of.times);
        if of.jitter { builder.with_jitter() } else { builder }
    }
}

struct Plain {
    times: usize,
}

impl From<&Plain> for ExponentialBuilder {
    fn from(of: &Plain) -> Self {
        ExponentialBuilder::default().with_max_times(of.times)
    }
}

#[derive(Clone)]
struct App {
    jitter: ExponentialBuilder,
    plain: ExponentialBuilder,
}

#[tokio::main]
async fn main() {
    let jitter = (&Retries { times: 3, jitter: true }).into();
    let plain = (&Plain { times: 3 }).into();
    let app = Router::new().route("/a", get(a)).route("/b", get(b)).with_state(App { jitter, plain });
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn a(State(app): State<App>) {
    (|| async { reqwest::get("http://other/a").await }).retry(app.jitter).await.ok();
}

async fn b(State(app): State<App>) {
    (|| async { reqwest::get("http://other/b").await }).retry(app.plain).await.ok();
}

use axum::{Router, extract::{MatchedPath, Path, Request}, routing::get};

#[tokio::main]
async fn main() {
    opentelemetry::global::set_text_map_propagator(opentelemetry_sdk::propagation::TraceContextPropagator::new());
    let app = Router::new().route("/orders", get(index));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn index() -> String {
    let mut headers = axum::http::HeaderMap::new();
    opentelemetry::global::get_text_map_propagator(|propagator| propagator.inject_context(&opentelemetry::Context::current(), &mut opentelemetry_http::HeaderInjector(&mut headers)));
    reqwest::Client::builder().timeout(std::time::Duration::from_secs(1)).build().unwrap().get("http://price:8080/orders").send().await.unwrap().text().await.unwrap()
}

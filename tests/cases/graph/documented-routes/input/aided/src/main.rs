use aide::axum::{routing::{get, get_with, post_with}, ApiRouter};

async fn a() {}
async fn b() {}
async fn c() {}
async fn d() {}

fn v1() -> ApiRouter<()> {
    ApiRouter::new()
        .api_route("/a", get(a))
        .api_route("/b", post_with(b, |operation| operation))
        .api_route_with("/c", get_with(c, |operation| operation).post_with(d, |operation| operation), |path| path)
}

#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    axum::serve(listener, ApiRouter::new().nest("/api/v1", v1())).await.unwrap();
}

use axum::{Router, routing::get};

#[tokio::main]
async fn main() {
    #[cfg(feature = "faults")]
    let app = Router::new().route("/", get(show)).route("/faults", get(faults));
    #[cfg(not(feature = "faults"))]
    let app = Router::new().route("/", get(show));
    #[cfg(debug_assertions)]
    let app = app.route("/debug", get(faults));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn faults() {}

async fn show() {
    store::put().await;
    #[cfg(feature = "mail")]
    reqwest::get("http://mail/").await.unwrap();
    #[cfg(any(feature = "faults", debug_assertions))]
    reqwest::get("http://faults/").await.unwrap();
    #[cfg(target_os = "linux")]
    reqwest::get("http://undecided/").await.unwrap();
}

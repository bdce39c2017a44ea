use axum::{Router, extract::State, routing::get};

#[derive(Clone)]
struct Options {
    first: String,
    second: String,
}

impl Options {
    fn all(&self) -> Vec<String> {
        let mut all = Vec::with_capacity(2);
        all.push(self.first.clone());
        all.push(self.second.clone());
        all
    }
}

#[tokio::main]
async fn main() {
    let options = Options { first: "http://first".into(), second: "http://second".into() };
    let app = Router::new().route("/", get(show)).with_state(options);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

async fn show(State(options): State<Options>) {
    for url in options.all() {
        reqwest::get(url).await.unwrap();
    }
}

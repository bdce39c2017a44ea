//! Knows the addresses of others and hands them out; it keeps a stub that nothing calls.
mod pb {
    tonic::include_proto!("shop.media.v1");
}

use axum::{Json, Router, extract::State, routing::get};
use pb::media_service_client::MediaServiceClient;
use tonic::transport::Channel;

#[derive(Clone)]
struct App {
    search_url: String,
    http: reqwest::Client,
    media: MediaServiceClient<Channel>,
}

impl App {
    async fn unused(&self, id: String) -> Vec<u8> {
        self.http.get(&self.search_url).send().await.unwrap();
        self.media.clone().thumbnail(pb::ThumbnailRequest { id }).await.unwrap().into_inner().image
    }
}

async fn links(State(app): State<App>) -> Json<Vec<String>> {
    Json(vec![app.search_url, "http://help.example/faq".to_owned()])
}

#[tokio::main]
async fn main() {
    let app = App {
        search_url: std::env::var("SEARCH_URL").unwrap_or("http://search:8080".into()),
        http: reqwest::Client::new(),
        media: MediaServiceClient::new(Channel::from_static("http://media:50051").connect_lazy()),
    };
    let router = Router::new().route("/links", get(links)).with_state(app);
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap(), router).await.unwrap();
}

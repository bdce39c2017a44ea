pub mod search {
    include!(concat!(env!("OUT_DIR"), "/shop.search.v1.rs"));
}

use axum::{Router, extract::{Query, State}, routing::get};
use search::{FindRequest, search_service_client::SearchServiceClient};
use tonic::transport::{Channel, Uri};

#[derive(Clone)]
struct Shop(SearchServiceClient<Channel>);

async fn find(State(Shop(mut search)): State<Shop>, Query(text): Query<String>) -> String {
    search.find(FindRequest { text }).await.map(|reply| reply.into_inner().skus.join(",")).unwrap_or_default()
}

async fn suggest(State(shop): State<Shop>) -> String {
    let mut client = shop.0;
    let mut stream = client.suggest(FindRequest { text: "a".into() }).await.unwrap().into_inner();
    stream.message().await.unwrap().map(|reply| reply.skus.join(",")).unwrap_or_default()
}

#[tokio::main]
async fn main() {
    let uri: Uri = std::env::var("SEARCH").unwrap_or("http://search:7000".to_string()).parse().unwrap();
    let channel = Channel::builder(uri).timeout(std::time::Duration::from_secs(1)).connect_lazy();
    let shop = Shop(SearchServiceClient::new(channel).max_decoding_message_size(8 << 20));
    let app = Router::new().route("/find", get(find)).route("/suggest", get(suggest)).with_state(shop);
    axum::serve(tokio::net::TcpListener::bind(("0.0.0.0", 8080)).await.unwrap(), app).await.unwrap();
}

use api::written::depot::FindShelfRequest;
use api::DepotApi;
use axum::extract::State;

#[derive(Clone)]
struct Depot(DepotApi);

async fn shelf(State(depot): State<Depot>) -> String {
    let request = FindShelfRequest { id: "a".to_owned() };
    depot.0.find_shelf(request).await.map(|shelf| shelf.id).unwrap_or_default()
}

async fn shelves(State(depot): State<Depot>) -> String {
    let api = depot.0.clone();
    api.list_shelves().await.map(|all| all.shelves.len().to_string()).unwrap_or_default()
}

#[tokio::main]
async fn main() {
    let depot = Depot(DepotApi::new(&std::env::var("DEPOT_URL").expect("DEPOT_URL")));
    let router = axum::Router::new()
        .route("/shelf", axum::routing::get(shelf))
        .route("/shelves", axum::routing::get(shelves))
        .with_state(depot);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}

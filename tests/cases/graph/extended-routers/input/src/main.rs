//! Routers that an extension trait wraps, resolvers of GraphQL behind one route, a feature and its opposite, and a closure
//! that is tried again where it is used.

mod graphql;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use backon::{ExponentialBuilder, Retryable};

trait RouterExt {
    fn with_metrics(self) -> Router;
}

impl RouterExt for Router {
    fn with_metrics(self) -> Router {
        self.route_layer(axum::middleware::from_fn(track))
    }
}

async fn track(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    next.run(request).await
}

fn routes() -> Router {
    let shop = Router::new().route("/items", get(items)).with_metrics();
    let graphql = Router::new().route("/graphql", get(graphql::handler)).with_metrics();
    #[cfg(feature = "admin")]
    let all = shop.merge(graphql).route("/admin", get(admin));
    #[cfg(not(feature = "admin"))]
    let all = shop.merge(graphql);
    all
}

#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, routes()).await.unwrap();
}

async fn items() -> String {
    let ask = || async { reqwest::get("http://stock.example.com/items").await };
    ask.retry(ExponentialBuilder::default()).await.unwrap().text().await.unwrap()
}

async fn admin(State(()): State<()>) -> &'static str {
    "admin"
}

mod quota;

use auth::pb::VerifyRequest;
use auth::pb::auth_service_client::AuthServiceClient;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use axum::{Router, serve};
use tonic::transport::Channel;

use crate::quota::QuotaLayer;

#[derive(Clone)]
struct App {
    auth: AuthServiceClient<Channel>,
}

async fn authenticate(State(app): State<App>, request: Request, next: Next) -> Result<Response, StatusCode> {
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut auth = app.auth.clone();
    auth.verify(VerifyRequest { token: token.to_owned() }).await.map_err(|_| StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}

async fn index() -> &'static str {
    "ok"
}

#[tokio::main]
async fn main() {
    let channel = Channel::from_static("http://auth:50051").connect_lazy();
    let app = App { auth: AuthServiceClient::new(channel) };
    let router = Router::new()
        .route("/", get(index))
        .layer(QuotaLayer::new("http://quota:8080"))
        .route_layer(middleware::from_fn_with_state(app.clone(), authenticate))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    serve(listener, router).await.unwrap();
}

use axum::{routing::get, routing::post, Router};

#[utoipa::path(get, path = "/v1/ping")]
pub async fn ping() {}

#[utoipa::path(post, path = "/v1/orders", operation_id = "place_order")]
pub async fn create() {}

#[utoipa::path(get, path = "/v1/orders/{id}")]
pub async fn get_order() {}

/// Nobody asks for it: it does not become a call.
#[utoipa::path(delete, path = "/v1/orders/{id}")]
pub async fn cancel_order() {}

pub fn app() -> Router {
    let api = Router::new()
        .route("/v1/ping", get(ping))
        .route("/v1/orders", post(create))
        .route("/v1/orders/{id}", get(get_order).delete(cancel_order));
    Router::new().nest("/api", api)
}

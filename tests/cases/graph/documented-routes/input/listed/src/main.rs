use utoipa_axum::{router::OpenApiRouter, routes};

#[utoipa::path(get, path = "/orders", responses((status = 200)))]
async fn list() {}
#[utoipa::path(method(post, put), path = "/orders/{id}")]
async fn change() {}

fn orders() -> OpenApiRouter<()> {
    OpenApiRouter::new().routes(routes!(list, change))
}

#[tokio::main]
async fn main() {
    let (app, _) = OpenApiRouter::new().nest("/v1", orders()).split_for_parts();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

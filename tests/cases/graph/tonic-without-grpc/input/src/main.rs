//! Shares tonic's status codes with other programs; it neither calls nor serves gRPC.
use axum::http::StatusCode;
use axum::{Router, extract::Path, routing::get};
use tonic::{Code, Status};

fn http_of(status: &Status) -> StatusCode {
    match status.code() {
        Code::NotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn code(Path(number): Path<i32>) -> StatusCode {
    http_of(&Status::new(Code::from_i32(number), "asked"))
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/codes/{number}", get(code));
    axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap(), app).await.unwrap();
}

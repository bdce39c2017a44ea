use actix_web::{App, HttpResponse, HttpServer, Responder, get, web};

#[get("/v1/quota/{user}")]
async fn quota(user: web::Path<String>) -> impl Responder {
    HttpResponse::Ok().body(user.into_inner())
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().service(quota)).bind(("0.0.0.0", 8080))?.run().await
}

use actix_web::{App, HttpResponse, HttpServer, web};
use common::Upstream;

async fn proxy(upstream: web::Data<Upstream>) -> HttpResponse {
    match upstream.index().await {
        Ok(body) => HttpResponse::Ok().body(body),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}

fn routes(config: &mut web::ServiceConfig) {
    config.service(web::scope("/gate").route("", web::get().to(proxy)));
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let url = std::env::var("UPSTREAM_URL").unwrap_or_else(|_| String::from("http://api:8080"));
    let upstream = web::Data::new(Upstream::new(&url));
    HttpServer::new(move || App::new().app_data(upstream.clone()).configure(routes)).bind("0.0.0.0:8081")?.run().await
}

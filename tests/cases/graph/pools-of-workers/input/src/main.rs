use actix_web::{App, HttpServer, web};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| {
        let pool = PgPoolOptions::new()
            .max_connections(10)
            .connect_lazy("postgres://app@postgres/app")
            .unwrap();
        App::new().app_data(web::Data::new(pool)).route("/", web::get().to(index))
    })
    .bind("0.0.0.0:8080")?
    .run()
    .await
}

async fn index(pool: web::Data<PgPool>) -> String {
    let row: (i64,) = sqlx::query_as("SELECT count(*) FROM items").fetch_one(pool.get_ref()).await.unwrap();
    row.0.to_string()
}

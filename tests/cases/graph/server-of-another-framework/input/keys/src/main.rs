use actix_web::web as routes;
use actix_web::{HttpResponse, Responder};
use sqlx::PgPool;
use web::http as actix_web;
use web::{runtime, Builder, Startup};

async fn find(pool: routes::Data<PgPool>) -> impl Responder {
    let key: String = sqlx::query_scalar("SELECT key FROM keys WHERE id = $1").bind(1).fetch_one(&**pool).await.unwrap();
    HttpResponse::Ok().body(key)
}

async fn create() -> impl Responder {
    HttpResponse::Created()
}

macro_rules! app {
    ($config:expr, $data:expr) => {
        $config.app_data($data.clone()).service(
            routes::scope("/api/v1")
                .service(routes::resource("/keys/{id}").route(routes::get().to(find)))
                .service(routes::resource("/keys").route(routes::post().to(create))),
        )
    };
}

async fn run(startup: &mut dyn Startup) -> Result<(), sqlx::Error> {
    let data = routes::Data::new(PgPool::connect(&std::env::var("DATABASE_URL").unwrap()).await?);
    let server = Builder::new(startup, move |config| {
        app!(config, data);
    });
    startup.spawn(server.run());
    Ok(())
}

#[tokio::main]
async fn main() {
    runtime!("keys").exec(run).await
}

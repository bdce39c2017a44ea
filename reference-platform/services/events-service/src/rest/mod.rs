//! The REST edge: events of browsers, and queries of operators' tools. Its OpenAPI document is made from this code.

mod model;
mod routes;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use social_auth::Verifier;
use social_runtime::{BearerToken, Problem};
use utoipa::OpenApi;

use crate::app::App;

/// Routes of the edge.
pub fn configure(config: &mut ServiceConfig, app: App, verifier: Verifier) {
    config
        .app_data(web::Data::new(app))
        .app_data(verifier)
        .route("/openapi.json", web::get().to(openapi))
        .service(routes::ingest_events)
        .service(routes::list_event_schemas)
        .service(routes::get_event_schema)
        .service(routes::put_event_schema)
        .service(routes::query_red_metrics)
        .service(routes::query_product_metric);
}

#[derive(OpenApi)]
#[openapi(
    info(title = "events-service", description = "Events of clients, their schemas, and analytics."),
    paths(
        routes::ingest_events,
        routes::list_event_schemas,
        routes::get_event_schema,
        routes::put_event_schema,
        routes::query_red_metrics,
        routes::query_product_metric,
    ),
    components(schemas(Problem)),
    modifiers(&BearerToken),
    security(("token" = []))
)]
struct Document;

async fn openapi() -> impl Responder {
    HttpResponse::Ok().json(Document::openapi())
}

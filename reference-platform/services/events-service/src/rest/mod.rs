//! The REST edge: events of browsers, and queries of operators' tools. Its OpenAPI document is made from this code.

mod model;
mod routes;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use social_auth::Verifier;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

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
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Document;

/// Tells what an access token is.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

async fn openapi() -> impl Responder {
    HttpResponse::Ok().json(Document::openapi())
}

//! The REST edge: the same use cases for end users. Its OpenAPI document is made from this code.

mod graph;
mod model;
mod profiles;

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
        .service(profiles::get_profile_by_handle)
        .service(profiles::get_profile)
        .service(profiles::get_own_profile)
        .service(profiles::update_own_profile)
        .service(profiles::get_settings)
        .service(profiles::update_settings)
        .service(graph::follow)
        .service(graph::unfollow)
        .service(graph::block)
        .service(graph::unblock)
        .service(graph::list_blocked)
        .service(graph::list_suggestions)
        .service(graph::get_relationship)
        .service(graph::list_followers)
        .service(graph::list_following)
        .service(graph::list_mutuals);
}

#[derive(OpenApi)]
#[openapi(
    info(title = "user-service", description = "Profiles, settings and the social graph."),
    paths(
        profiles::get_profile,
        profiles::get_profile_by_handle,
        profiles::get_own_profile,
        profiles::update_own_profile,
        profiles::get_settings,
        profiles::update_settings,
        graph::follow,
        graph::unfollow,
        graph::block,
        graph::unblock,
        graph::get_relationship,
        graph::list_followers,
        graph::list_following,
        graph::list_mutuals,
        graph::list_blocked,
        graph::list_suggestions,
    ),
    components(schemas(Problem)),
    modifiers(&BearerToken),
    security(("token" = []))
)]
struct Document;

async fn openapi() -> impl Responder {
    HttpResponse::Ok().json(Document::openapi())
}

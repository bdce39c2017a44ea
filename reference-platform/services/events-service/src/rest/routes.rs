//! Routes of the edge.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{get, post, put};
use social_auth::{Caller, OPERATOR, OptionalCaller};
use social_runtime::{Outage, Refusal, Result};

use super::model::*;
use crate::app::{App, Sender};
use crate::domain;

#[utoipa::path(
    request_body = EventBatch,
    responses(
        (status = 200, body = IngestResult, description = "All that are right are in the log. The same batch can be sent again."),
        Refusal,
        Outage
    ),
    security((), ("token" = []))
)]
#[post("/v1/events")]
pub async fn ingest_events(
    caller: OptionalCaller,
    app: Data<App>,
    batch: Json<EventBatch>,
) -> Result<Json<IngestResult>> {
    let events = batch.into_inner().events.into_iter().map(Into::into).collect();
    Ok(Json(app.ingest(&Sender::from(caller.0.as_ref()), events).await?.into()))
}

#[utoipa::path(
    params(PageParameters),
    responses((status = 200, body = SchemaPage), Refusal, Outage)
)]
#[get("/v1/event-schemas")]
pub async fn list_event_schemas(
    _caller: Caller,
    app: Data<App>,
    page: Query<PageParameters>,
) -> Result<Json<SchemaPage>> {
    let listed = app.list_schemas(page.page_size, &page.page_token).await?;
    Ok(Json(SchemaPage {
        schemas: listed.entries.into_iter().map(Into::into).collect(),
        next_page_token: listed.next_page_token,
    }))
}

#[utoipa::path(
    params(("name" = String, Path), VersionParameter),
    responses((status = 200, body = Schema), Refusal, Outage)
)]
#[get("/v1/event-schemas/{name}")]
pub async fn get_event_schema(
    _caller: Caller,
    app: Data<App>,
    name: Path<String>,
    version: Query<VersionParameter>,
) -> Result<Json<Schema>> {
    Ok(Json(app.get_schema(&name, version.version).await?.into()))
}

#[utoipa::path(
    params(("name" = String, Path), ("version" = i32, Path, description = "The next one.")),
    request_body = SchemaDefinition,
    responses((status = 200, body = Schema), Refusal, Outage)
)]
#[put("/v1/event-schemas/{name}/versions/{version}")]
pub async fn put_event_schema(
    caller: Caller,
    app: Data<App>,
    path: Path<(String, i32)>,
    definition: Json<SchemaDefinition>,
) -> Result<Json<Schema>> {
    caller.require_scope(OPERATOR)?;
    let (name, version) = path.into_inner();
    let properties = definition.into_inner().properties.into_iter();
    let properties = properties.map(|one| (one.name, one.r#type as i32, one.required)).collect();
    let schema = domain::schema::Schema::new(name, version, properties)?;
    Ok(Json(app.put_schema(schema).await?.into()))
}

#[utoipa::path(
    params(WindowParameters, RedParameters),
    responses((status = 200, body = RedPage), Refusal, Outage)
)]
#[get("/v1/metrics/red")]
pub async fn query_red_metrics(
    caller: Caller,
    app: Data<App>,
    window: Query<WindowParameters>,
    red: Query<RedParameters>,
) -> Result<Json<RedPage>> {
    caller.require_scope(OPERATOR)?;
    let (window, listed) = app.red_metrics(window.input(), &red.service, red.page_size, &red.page_token).await?;
    Ok(Json(RedPage {
        points: listed.entries.into_iter().map(|point| RedPoint::new(&window, point)).collect(),
        next_page_token: listed.next_page_token,
    }))
}

#[utoipa::path(
    params(("metric" = Metric, Path), WindowParameters),
    responses((status = 200, body = MetricPoints), Refusal, Outage)
)]
#[get("/v1/metrics/product/{metric}")]
pub async fn query_product_metric(
    caller: Caller,
    app: Data<App>,
    metric: Path<Metric>,
    window: Query<WindowParameters>,
) -> Result<Json<MetricPoints>> {
    caller.require_scope(OPERATOR)?;
    let (window, values) = app.product_metric(metric.into_inner() as i32, window.input()).await?;
    Ok(Json(MetricPoints { points: (0..).zip(values).map(|point| MetricPoint::new(&window, point)).collect() }))
}

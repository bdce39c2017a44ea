//! Routes of rebuilds, for operators.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use social_auth::Caller;
use social_proto::search::v1;
use social_runtime::{Error, Problem};

use super::models::Rebuild;
use crate::app::App;

/// Begins to build the index of this replica anew. The same `Idempotency-Key`, a UUID, gives the stored answer again.
#[utoipa::path(tag = "rebuilds", params(("Idempotency-Key" = String, Header)), responses(
    (status = 202, body = Rebuild), (status = "default", body = Problem)
))]
#[post("/v1/search/rebuilds")]
pub async fn start(app: Data<App>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Error> {
    let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
    let request_id = key.unwrap_or_default().to_owned();
    let response = app.start_rebuild(&caller, v1::StartRebuildRequest { request_id }).await?;
    Ok(HttpResponse::Accepted().json(Rebuild::from(response.rebuild.unwrap_or_default())))
}

/// How far a rebuild is.
#[utoipa::path(tag = "rebuilds", params(("rebuild_id" = String, Path)), responses(
    (status = 200, body = Rebuild), (status = "default", body = Problem)
))]
#[get("/v1/search/rebuilds/{rebuild_id}")]
pub async fn read(app: Data<App>, caller: Caller, rebuild_id: Path<String>) -> Result<Json<Rebuild>, Error> {
    let request = v1::GetRebuildRequest { rebuild_id: rebuild_id.into_inner() };
    Ok(Json(app.get_rebuild(&caller, request).await?.rebuild.unwrap_or_default().into()))
}

//! Routes of devices.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, put};
use social_auth::Caller;
use social_proto::notification::v1;
use social_runtime::{Error, Problem};

use super::models::{Device, Devices, NewDevice, Page};
use crate::app::App;

/// The devices of the caller, most recently set first.
#[utoipa::path(tag = "devices", params(Page), responses(
    (status = 200, body = Devices), (status = "default", body = Problem)
))]
#[get("/v1/devices")]
pub async fn list(app: Data<App>, caller: Caller, page: Query<Page>) -> Result<Json<Devices>, Error> {
    let Page { page_size, page_token } = page.into_inner();
    let response = app.list_devices(&caller, v1::ListDevicesRequest { page_size, page_token }).await?;
    let devices = response.devices.into_iter().map(Device::from).collect();
    Ok(Json(Devices { devices, next_page_token: response.next_page_token }))
}

/// Sets a device of the caller.
#[utoipa::path(tag = "devices", request_body = NewDevice, params(("device_id" = String, Path)), responses(
    (status = 200, body = Device), (status = "default", body = Problem)
))]
#[put("/v1/devices/{device_id}")]
pub async fn set(
    app: Data<App>,
    caller: Caller,
    device_id: Path<String>,
    body: Json<NewDevice>,
) -> Result<Json<Device>, Error> {
    let NewDevice { provider, token } = body.into_inner();
    let provider = provider.to_contract().into();
    let request = v1::PutDeviceRequest { device_id: device_id.into_inner(), provider, token };
    let response = app.put_device(&caller, request).await?;
    Ok(Json(response.device.unwrap_or_default().into()))
}

/// Forgets a device of the caller.
#[utoipa::path(tag = "devices", params(("device_id" = String, Path)), responses(
    (status = 204), (status = "default", body = Problem)
))]
#[delete("/v1/devices/{device_id}")]
pub async fn remove(app: Data<App>, caller: Caller, device_id: Path<String>) -> Result<HttpResponse, Error> {
    app.delete_device(&caller, v1::DeleteDeviceRequest { device_id: device_id.into_inner() }).await?;
    Ok(HttpResponse::NoContent().finish())
}

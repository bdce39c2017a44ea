//! Devices of the caller.

use social_auth::Caller;
use social_proto::notification::v1::{
    DeleteDeviceRequest, DeleteDeviceResponse, ListDevicesRequest, ListDevicesResponse, PutDeviceRequest,
    PutDeviceResponse,
};
use social_runtime::Error;

use super::{App, input};
use crate::convert;

impl App {
    /// Sets a device. Language and time zone are taken from the settings of the user as they are now.
    pub async fn put_device(&self, caller: &Caller, request: PutDeviceRequest) -> Result<PutDeviceResponse, Error> {
        let account_id = caller.account_id()?;
        let (device_id, provider) = input::put_device(&request)?;
        let settings = self.users.settings(caller.token()).await;
        let device = self.store.put_device(account_id, device_id, provider, &request.token, settings.as_ref()).await?;
        Ok(PutDeviceResponse { device: Some(convert::device(device)) })
    }

    /// A page of devices, most recently set first.
    pub async fn list_devices(
        &self,
        caller: &Caller,
        request: ListDevicesRequest,
    ) -> Result<ListDevicesResponse, Error> {
        let account_id = caller.account_id()?;
        let page = input::list_devices(account_id, &request)?;
        let mut found = self.store.devices(account_id, page.after, page.size as i64 + 1).await?;
        let more = found.len() > page.size;
        found.truncate(page.size);
        let next_page_token = match found.last() {
            Some(last) if more => page.token(last.update_time, last.device_id),
            _ => String::new(),
        };
        Ok(ListDevicesResponse { devices: found.into_iter().map(convert::device).collect(), next_page_token })
    }

    /// Forgets a device. One that is not there is forgotten already.
    pub async fn delete_device(
        &self,
        caller: &Caller,
        request: DeleteDeviceRequest,
    ) -> Result<DeleteDeviceResponse, Error> {
        let account_id = caller.account_id()?;
        let device_id = input::id("device_id", &request.device_id)?;
        self.store.delete_device(account_id, device_id).await?;
        Ok(DeleteDeviceResponse {})
    }
}

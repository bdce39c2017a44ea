//! Devices, and what their providers say to a push.

use anyhow::{Result, ensure};
use social_proto::notification::v1::{
    DeleteDeviceRequest, GetPreferencesRequest, ListDeadLettersRequest, ListDevicesRequest, PushProvider,
    PutDeviceRequest, PutPreferencesRequest,
};
use social_proto::user::v1::FollowRequest;
use uuid::Uuid;

use super::providers::REFUSED;
use super::{Pair, SOON};
use crate::client::Api;
use crate::eventually::eventually;

/// Mary has a device of each provider; one of them its provider refuses. Joan follows her, and she is told of it.
pub(super) async fn be_told(operator: &Api, Pair { mary, joan }: &Pair) -> Result<()> {
    let devices = [
        (PushProvider::Fcm, format!("cover-{}", Uuid::new_v4().simple())),
        (PushProvider::Apns, "c0".repeat(32)),
        (PushProvider::Fcm, format!("{REFUSED}{}", Uuid::new_v4().simple())),
    ];
    let api = mary.api.notifications();
    let mut ids = Vec::new();
    for (provider, token) in devices {
        let device_id = Uuid::new_v4().to_string();
        let request = PutDeviceRequest { device_id: device_id.clone(), provider: provider.into(), token };
        api.clone().put_device(request).await?;
        ids.push(device_id);
    }
    let preferences = api.clone().get_preferences(GetPreferencesRequest {}).await?.into_inner().preferences;
    api.clone().put_preferences(PutPreferencesRequest { preferences }).await?;
    let before = letters(operator).await?;
    joan.api.users().follow(FollowRequest { user_id: mary.account_id.clone() }).await?;
    eventually("a push that is refused becomes a dead letter", SOON, async || {
        ensure!(letters(operator).await? > before, "there is none");
        Ok(())
    })
    .await?;
    for device_id in ids {
        api.clone().delete_device(DeleteDeviceRequest { device_id }).await?;
    }
    let left = api.clone().list_devices(ListDevicesRequest::default()).await?.into_inner().devices;
    ensure!(left.is_empty(), "devices that were forgotten are there: {left:?}");
    Ok(())
}

async fn letters(operator: &Api) -> Result<usize> {
    let request = ListDeadLettersRequest { page_size: 100, ..ListDeadLettersRequest::default() };
    Ok(operator.notifications().list_dead_letters(request).await?.into_inner().dead_letters.len())
}

//! The gRPC edge: takes the caller out of a request and gives both to the use case.

use social_auth::caller;
use social_proto::notification::v1::notification_service_server::NotificationService;
use social_proto::notification::v1::*;
use tonic::{Request, Response, Status};

use crate::app::App;

/// The contract on the use cases.
pub struct Notifications {
    app: App,
}

impl Notifications {
    /// An edge of this service.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl NotificationService for Notifications {
    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_notifications(&caller, request.into_inner()).await?))
    }

    async fn get_unread_count(
        &self,
        request: Request<GetUnreadCountRequest>,
    ) -> Result<Response<GetUnreadCountResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.get_unread_count(&caller).await?))
    }

    async fn set_read(&self, request: Request<SetReadRequest>) -> Result<Response<SetReadResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.set_read(&caller, request.into_inner()).await?))
    }

    async fn get_preferences(
        &self,
        request: Request<GetPreferencesRequest>,
    ) -> Result<Response<GetPreferencesResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.get_preferences(&caller).await?))
    }

    async fn put_preferences(
        &self,
        request: Request<PutPreferencesRequest>,
    ) -> Result<Response<PutPreferencesResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.put_preferences(&caller, request.into_inner()).await?))
    }

    async fn put_device(&self, request: Request<PutDeviceRequest>) -> Result<Response<PutDeviceResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.put_device(&caller, request.into_inner()).await?))
    }

    async fn list_devices(
        &self,
        request: Request<ListDevicesRequest>,
    ) -> Result<Response<ListDevicesResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_devices(&caller, request.into_inner()).await?))
    }

    async fn delete_device(
        &self,
        request: Request<DeleteDeviceRequest>,
    ) -> Result<Response<DeleteDeviceResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_device(&caller, request.into_inner()).await?))
    }

    async fn put_template(
        &self,
        request: Request<PutTemplateRequest>,
    ) -> Result<Response<PutTemplateResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.put_template(&caller, request.into_inner()).await?))
    }

    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Result<Response<ListTemplatesResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_templates(&caller, request.into_inner()).await?))
    }

    async fn delete_template(
        &self,
        request: Request<DeleteTemplateRequest>,
    ) -> Result<Response<DeleteTemplateResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.delete_template(&caller, request.into_inner()).await?))
    }

    async fn list_dead_letters(
        &self,
        request: Request<ListDeadLettersRequest>,
    ) -> Result<Response<ListDeadLettersResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.list_dead_letters(&caller, request.into_inner()).await?))
    }

    async fn redeliver_dead_letter(
        &self,
        request: Request<RedeliverDeadLetterRequest>,
    ) -> Result<Response<RedeliverDeadLetterResponse>, Status> {
        let caller = caller(&request)?.clone();
        Ok(Response::new(self.app.redeliver_dead_letter(&caller, request.into_inner()).await?))
    }
}

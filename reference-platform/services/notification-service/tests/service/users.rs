//! user-service, as far as this service asks it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use social_proto::user::v1::*;
use social_testing::neighbour::{Users as UserNeighbour, authorization};
use tonic::{Request, Response, Status};
use uuid::Uuid;

#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Inner>);

#[derive(Default)]
struct Inner {
    names: Mutex<HashMap<String, String>>,
    /// By the token of the user: language and time zone.
    settings: Mutex<HashMap<String, (String, String)>>,
    down: AtomicBool,
}

impl FakeUsers {
    pub fn name(&self, user_id: Uuid, name: &str) {
        self.0.names.lock().unwrap().insert(user_id.to_string(), name.to_owned());
    }

    pub fn settings(&self, token: &str, locale: &str, time_zone: &str) {
        self.0.settings.lock().unwrap().insert(format!("Bearer {token}"), (locale.to_owned(), time_zone.to_owned()));
    }

    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }

    fn bearer<T>(&self, request: &Request<T>) -> Result<String, Status> {
        if self.0.down.load(Ordering::Relaxed) {
            return Err(Status::unavailable("down"));
        }
        authorization(request).map(str::to_owned)
    }
}

#[tonic::async_trait]
impl UserNeighbour for FakeUsers {
    async fn batch_get_profiles(
        &self,
        request: Request<BatchGetProfilesRequest>,
    ) -> Result<Response<BatchGetProfilesResponse>, Status> {
        self.bearer(&request)?;
        let names = self.0.names.lock().unwrap();
        let profile = |user_id: String| {
            let display_name = names.get(&user_id)?.clone();
            Some(Profile { user_id, display_name, ..Default::default() })
        };
        let profiles = request.into_inner().user_ids.into_iter().filter_map(profile).collect();
        Ok(Response::new(BatchGetProfilesResponse { profiles }))
    }

    async fn get_settings(
        &self,
        request: Request<GetSettingsRequest>,
    ) -> Result<Response<GetSettingsResponse>, Status> {
        let bearer = self.bearer(&request)?;
        let settings = self.0.settings.lock().unwrap().get(&bearer).cloned();
        let (locale, time_zone) = settings.ok_or_else(|| Status::not_found("no profile"))?;
        let settings = Settings { locale, time_zone, ..Default::default() };
        Ok(Response::new(GetSettingsResponse { settings: Some(settings) }))
    }
}

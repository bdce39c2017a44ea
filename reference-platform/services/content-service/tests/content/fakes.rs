//! user-service, as far as this service asks it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use social_proto::user::v1::{GetRelationshipRequest, GetRelationshipResponse};
use social_testing::neighbour::{Users as UserNeighbour, authorization};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Who follows whom.
#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Users>);

#[derive(Default)]
struct Users {
    relationships: Mutex<HashMap<(String, String), GetRelationshipResponse>>,
    calls: AtomicUsize,
    down: AtomicBool,
}

impl FakeUsers {
    pub fn follow(&self, follower: Uuid, followed: Uuid) {
        self.set(follower, followed, GetRelationshipResponse { follows: true, ..Default::default() });
    }

    pub fn block(&self, reader: Uuid, author: Uuid) {
        self.set(reader, author, GetRelationshipResponse { follows: true, blocked: true, ..Default::default() });
    }

    fn set(&self, one: Uuid, other: Uuid, relationship: GetRelationshipResponse) {
        self.0.relationships.lock().unwrap().insert((one.to_string(), other.to_string()), relationship);
    }

    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }

    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }
}

#[tonic::async_trait]
impl UserNeighbour for FakeUsers {
    async fn get_relationship(
        &self,
        request: Request<GetRelationshipRequest>,
    ) -> Result<Response<GetRelationshipResponse>, Status> {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        if self.0.down.load(Ordering::Relaxed) {
            return Err(Status::unavailable("down"));
        }
        authorization(&request)?;
        let GetRelationshipRequest { user_id, other_user_id } = request.into_inner();
        let found = self.0.relationships.lock().unwrap().get(&(user_id, other_user_id)).copied();
        Ok(Response::new(found.unwrap_or_default()))
    }
}

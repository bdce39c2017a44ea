//! user-service, as far as this service asks it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use social_proto::user::v1::{GetRelationshipRequest, GetRelationshipResponse};
use social_testing::neighbour::{Users as UserNeighbour, authorization};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Who is blocked by whom.
#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Users>);

#[derive(Default)]
struct Users {
    blocks: Mutex<HashSet<(String, String)>>,
    calls: AtomicUsize,
    down: AtomicBool,
}

impl FakeUsers {
    pub fn block(&self, caller: Uuid, owner: Uuid) {
        self.0.blocks.lock().unwrap().insert((caller.to_string(), owner.to_string()));
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
        // It is asked for a user, with the token of the user.
        authorization(&request)?;
        let GetRelationshipRequest { user_id, other_user_id } = request.into_inner();
        let blocked = self.0.blocks.lock().unwrap().contains(&(user_id, other_user_id));
        Ok(Response::new(GetRelationshipResponse { blocked, ..Default::default() }))
    }
}

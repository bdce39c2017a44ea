//! user-service, as far as this service asks it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use social_proto::user::v1::{GetRelationshipRequest, GetRelationshipResponse};
use social_testing::neighbour::{Users as UserNeighbour, authorization};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Who does not take messages of whom. Everybody else does.
#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Users>);

#[derive(Default)]
struct Users {
    refused: Mutex<HashSet<(String, String)>>,
    blocked: Mutex<HashSet<(String, String)>>,
    unknown: Mutex<HashSet<String>>,
    down: AtomicBool,
    calls: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl FakeUsers {
    /// The settings of `user` are against messages of `sender`.
    pub fn refuse(&self, user: Uuid, sender: Uuid) {
        self.0.refused.lock().unwrap().insert((sender.to_string(), user.to_string()));
    }

    pub fn block(&self, one: Uuid, other: Uuid) {
        self.0.blocked.lock().unwrap().insert((one.to_string(), other.to_string()));
    }

    pub fn forget(&self, user: Uuid) {
        self.0.unknown.lock().unwrap().insert(user.to_string());
    }

    pub fn down(&self, down: bool) {
        self.0.down.store(down, Ordering::Relaxed);
    }

    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }

    pub fn most_at_once(&self) -> usize {
        self.0.most_at_once.load(Ordering::Relaxed)
    }
}

#[tonic::async_trait]
impl UserNeighbour for FakeUsers {
    async fn get_relationship(
        &self,
        request: Request<GetRelationshipRequest>,
    ) -> Result<Response<GetRelationshipResponse>, Status> {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        let at_once = self.0.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.most_at_once.fetch_max(at_once, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.0.at_once.fetch_sub(1, Ordering::Relaxed);
        if self.0.down.load(Ordering::Relaxed) {
            return Err(Status::unavailable("down"));
        }
        authorization(&request)?;
        let GetRelationshipRequest { user_id, other_user_id } = request.into_inner();
        if self.0.unknown.lock().unwrap().contains(&other_user_id) {
            return Err(Status::not_found("nobody"));
        }
        let blocks = self.0.blocked.lock().unwrap();
        let pair = (user_id.clone(), other_user_id.clone());
        let blocked = blocks.contains(&pair) || blocks.contains(&(other_user_id, user_id));
        let can_message = !blocked && !self.0.refused.lock().unwrap().contains(&pair);
        Ok(Response::new(GetRelationshipResponse { blocked, can_message, ..Default::default() }))
    }
}

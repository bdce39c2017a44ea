use std::collections::HashMap;
use std::sync::Mutex;

use ports::UserPort;
use shop_proto::user::v1::{GetUserRequest, user_service_client::UserServiceClient};
use tonic::transport::Channel;

pub struct GrpcUsers(pub UserServiceClient<Channel>);

#[async_trait::async_trait]
impl UserPort for GrpcUsers {
    async fn name(&self, id: &str) -> anyhow::Result<String> {
        let request = tonic::Request::new(GetUserRequest { id: id.to_owned() });
        let reply = self.0.clone().get_user(request).await.map(|reply| reply.into_inner())?;
        Ok(reply.name)
    }
}

/// A decorator: any port behind a map.
pub struct CachedUsers<P> {
    inner: P,
    seen: Mutex<HashMap<String, String>>,
}

impl<P: UserPort> CachedUsers<P> {
    pub fn over(inner: P) -> Self {
        Self { inner, seen: Mutex::default() }
    }
}

#[async_trait::async_trait]
impl<P: UserPort> UserPort for CachedUsers<P> {
    async fn name(&self, id: &str) -> anyhow::Result<String> {
        if let Some(name) = self.seen.lock().unwrap().get(id).cloned() {
            return Ok(name);
        }
        let name = self.inner.name(id).await?;
        self.seen.lock().unwrap().insert(id.to_owned(), name.clone());
        Ok(name)
    }
}

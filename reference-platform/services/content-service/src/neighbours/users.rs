//! Who follows whom, by user-service. Answers are kept for a few seconds.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use social_cache::Cache;
use social_client::{GrpcChannel, with_bearer};
use social_proto::user::v1::GetRelationshipRequest;
use social_proto::user::v1::user_service_client::UserServiceClient;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::domain::Relations;

/// Authors that are asked for at the same time.
const CONCURRENCY: usize = 8;
/// After this nobody is waited for any more: posts of whom is still in question are not shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// A client of user-service.
#[derive(Clone)]
pub struct Users {
    client: UserServiceClient<GrpcChannel>,
    /// By reader and author, divided by a colon.
    follows: Cache<bool>,
}

impl Users {
    /// With a cache whose values live as long as an ended relation may still be seen.
    pub fn new(channel: GrpcChannel, follows: Cache<bool>) -> Self {
        Users { client: UserServiceClient::new(channel), follows }
    }

    async fn follows(&self, account_id: Uuid, token: &str, author_id: Uuid) -> Result<bool, Status> {
        let request = GetRelationshipRequest { user_id: account_id.to_string(), other_user_id: author_id.to_string() };
        let answer = self.client.clone().get_relationship(with_bearer(request, token)?).await;
        match answer {
            Ok(response) => {
                let relationship = response.into_inner();
                Ok(relationship.follows && !relationship.blocked)
            }
            // Nobody follows an author who is gone, or hidden from the reader.
            Err(status) if status.code() == Code::NotFound => Ok(false),
            Err(status) => Err(status),
        }
    }

    /// What could be found out in time, by the key in the cache.
    async fn ask(
        &self,
        account_id: Uuid,
        token: &str,
        keys: Vec<String>,
        authors: &HashMap<String, Uuid>,
    ) -> HashMap<String, bool> {
        let questions = keys.into_iter().filter_map(|key| authors.get(&key).map(|author_id| (key, *author_id)));
        let answers = stream::iter(questions)
            .map(|(key, author_id)| async move { (key, self.follows(account_id, token, author_id).await) })
            .buffer_unordered(CONCURRENCY)
            .take_until(tokio::time::sleep(PATIENCE));
        let mut found = HashMap::new();
        let mut failure = None;
        futures::pin_mut!(answers);
        while let Some((key, answer)) = answers.next().await {
            match answer {
                Ok(follows) => drop(found.insert(key, follows)),
                Err(status) => failure = Some(status),
            }
        }
        if let Some(status) = failure {
            tracing::warn!(code = ?status.code(), "posts for followers are hidden, user-service does not answer");
            metrics::counter!("content_degraded_total", "part" => "followers").increment(1);
        }
        found
    }
}

#[async_trait]
impl Relations for Users {
    async fn followed(&self, account_id: Uuid, token: &str, authors: &[Uuid]) -> HashSet<Uuid> {
        let authors: HashMap<String, Uuid> =
            authors.iter().map(|author_id| (format!("{account_id}:{author_id}"), *author_id)).collect();
        let keys: Vec<String> = authors.keys().cloned().collect();
        let load = |missing| async { Ok::<_, Infallible>(self.ask(account_id, token, missing, &authors).await) };
        let Ok(follows) = self.follows.get_many_or_load(&keys, load).await;
        follows.into_iter().filter(|(_, follows)| *follows).filter_map(|(key, _)| authors.get(&key).copied()).collect()
    }
}

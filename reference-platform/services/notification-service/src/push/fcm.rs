//! Firebase Cloud Messaging, HTTP v1.

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use social_auth::Secret;
use url::Url;

use super::attempt::{Target, attempt, data, life, signed};
use crate::domain::push::{Outcome, Push, PushProvider};

/// The provider, or a gateway before it, at a URL.
pub struct Fcm {
    client: Client,
    url: Url,
    authorization: Option<Secret>,
}

impl Fcm {
    /// With the secret that goes along as a bearer token, if there is one.
    pub fn new(client: Client, url: Url, authorization: Option<Secret>) -> Self {
        Self { client, url, authorization }
    }

    fn request(&self, push: &Push) -> RequestBuilder {
        signed(self.client.post(self.url.clone()).json(&message(push)), push, self.authorization.as_ref())
    }
}

#[async_trait]
impl PushProvider for Fcm {
    async fn push(&self, push: &Push) -> Outcome {
        let target = Target { url: &self.url, path: self.url.path().to_owned() };
        attempt(self.request(push), target, is_gone).await
    }
}

fn is_gone(status: StatusCode, answer: &str) -> bool {
    status == StatusCode::NOT_FOUND && answer.contains("UNREGISTERED")
}

fn message(push: &Push) -> Value {
    json!({ "message": {
        "token": push.token,
        "notification": { "title": push.title, "body": push.body },
        "data": data(push),
        "android": { "ttl": format!("{}s", life(push)) },
    } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unregistered_token_is_gone() {
        assert!(is_gone(StatusCode::NOT_FOUND, r#"{"errorCode":"UNREGISTERED"}"#));
        assert!(!is_gone(StatusCode::NOT_FOUND, ""));
        assert!(!is_gone(StatusCode::BAD_REQUEST, r#"{"errorCode":"UNREGISTERED"}"#));
    }
}

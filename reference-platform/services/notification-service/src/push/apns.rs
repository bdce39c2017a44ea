//! Apple Push Notification service: the token is a segment of the URL.

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use social_auth::Secret;
use url::Url;

use super::attempt::{Target, attempt, data, signed};
use crate::domain::push::{Outcome, Push, PushProvider};

/// The provider, or a gateway before it, at a URL.
pub struct Apns {
    client: Client,
    url: Url,
    authorization: Option<Secret>,
}

impl Apns {
    /// With the secret that goes along as a bearer token, if there is one.
    pub fn new(client: Client, url: Url, authorization: Option<Secret>) -> Self {
        Self { client, url, authorization }
    }

    /// `None` where the URL cannot take the token.
    fn request(&self, push: &Push) -> Option<RequestBuilder> {
        let mut url = self.url.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(["3", "device", &push.token]);
        let request = self
            .client
            .post(url)
            .header("apns-id", push.delivery_id.to_string())
            .header("apns-push-type", "alert")
            .header("apns-expiration", push.expire_time.unix_timestamp().to_string())
            .json(&notification(push));
        Some(signed(request, push, self.authorization.as_ref()))
    }
}

#[async_trait]
impl PushProvider for Apns {
    async fn push(&self, push: &Push) -> Outcome {
        let Some(request) = self.request(push) else {
            return Outcome::Refused("the URL cannot take a token".to_owned());
        };
        let path = format!("{}/3/device/{{token}}", self.url.path().trim_end_matches('/'));
        attempt(request, Target { url: &self.url, path }, is_gone).await
    }
}

fn is_gone(status: StatusCode, answer: &str) -> bool {
    status == StatusCode::BAD_REQUEST && answer.contains("BadDeviceToken")
}

fn notification(push: &Push) -> Value {
    json!({ "aps": { "alert": { "title": push.title, "body": push.body }, "sound": "default" }, "data": data(push) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bad_token_is_gone() {
        assert!(is_gone(StatusCode::BAD_REQUEST, r#"{"reason":"BadDeviceToken"}"#));
        assert!(!is_gone(StatusCode::BAD_REQUEST, r#"{"reason":"PayloadTooLarge"}"#));
        assert!(!is_gone(StatusCode::NOT_FOUND, ""));
    }

    #[test]
    fn a_token_is_one_segment_of_the_url() {
        let url = Url::parse("https://push.example/base/").unwrap();
        let provider = Apns::new(Client::new(), url, Some("s".to_owned().into()));
        let push = Push {
            delivery_id: uuid::Uuid::nil(),
            notification_id: uuid::Uuid::nil(),
            kind: crate::domain::Kind::Message,
            token: "../a?b/ü".to_owned(),
            title: String::new(),
            body: String::new(),
            actor_id: None,
            subject_id: None,
            expire_time: time::OffsetDateTime::UNIX_EPOCH,
        };
        let request = provider.request(&push).unwrap().build().unwrap();
        assert_eq!(request.url().as_str(), "https://push.example/base/3/device/..%2Fa%3Fb%2F%C3%BC");
        assert_eq!(request.headers()["authorization"], "Bearer s");
        assert_eq!(request.headers()["idempotency-key"], uuid::Uuid::nil().to_string());
    }
}

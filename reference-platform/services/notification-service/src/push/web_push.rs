//! A gateway that encrypts for the subscription of a browser (RFC 8291) and sends it on: addresses that devices name are not called
//! from here.

use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use social_auth::Secret;
use url::Url;

use super::attempt::{Target, attempt, data, life, signed};
use crate::domain::push::{Outcome, Push, PushProvider};

/// The gateway at a URL.
pub struct WebPush {
    client: Client,
    url: Url,
    authorization: Option<Secret>,
}

impl WebPush {
    /// With the secret that goes along as a bearer token, if there is one.
    pub fn new(client: Client, url: Url, authorization: Option<Secret>) -> Self {
        Self { client, url, authorization }
    }

    fn request(&self, push: &Push) -> RequestBuilder {
        let request =
            self.client.post(self.url.clone()).header("ttl", life(push).to_string()).json(&subscription(push));
        signed(request, push, self.authorization.as_ref())
    }
}

#[async_trait]
impl PushProvider for WebPush {
    async fn push(&self, push: &Push) -> Outcome {
        let target = Target { url: &self.url, path: self.url.path().to_owned() };
        attempt(self.request(push), target, |status, _| status == StatusCode::GONE).await
    }
}

fn subscription(push: &Push) -> Value {
    json!({ "subscription": push.token, "title": push.title, "body": push.body, "data": data(push) })
}

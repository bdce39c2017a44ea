//! Providers by HTTP: each has its own form of a push, and its own way to say that a token is gone.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use serde_json::{Value, json};
use social_auth::Secret;
use social_telemetry::KeyValue;
use social_telemetry::attribute::{
    HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, SERVER_ADDRESS, SERVER_PORT, URL_TEMPLATE,
};
use social_telemetry::outgoing::{self, Outgoing};
use url::Url;

use crate::domain::push::{Outcome, Provider, Push, PushProvider};

/// Bytes of an answer that are looked at.
const MOST_ANSWER: usize = 4096;

/// A client for all providers. An attempt takes no longer than `timeout`, the answer included.
pub fn client(timeout: Duration) -> anyhow::Result<Client> {
    let client =
        Client::builder().timeout(timeout).connect_timeout(timeout).redirect(redirect::Policy::none()).build()?;
    Ok(client)
}

/// A provider, or a gateway before it, at a URL.
pub struct HttpProvider {
    provider: Provider,
    client: Client,
    url: Url,
    authorization: Option<Secret>,
}

impl HttpProvider {
    /// With the secret that goes along as a bearer token, if there is one.
    pub fn new(provider: Provider, client: Client, url: Url, authorization: Option<Secret>) -> Self {
        Self { provider, client, url, authorization }
    }

    /// What a trace says of an attempt: never the token, which stands in the path of some.
    fn span(&self) -> Outgoing {
        let path = match self.provider {
            Provider::Apns => format!("{}/3/device/{{token}}", self.url.path().trim_end_matches('/')),
            Provider::Fcm | Provider::WebPush => self.url.path().to_owned(),
        };
        outgoing::client(format!("POST {path}"), || {
            let mut attributes = vec![KeyValue::new(HTTP_REQUEST_METHOD, "POST"), KeyValue::new(URL_TEMPLATE, path)];
            attributes.extend(self.url.host_str().map(|host| KeyValue::new(SERVER_ADDRESS, host.to_owned())));
            let port = self.url.port_or_known_default();
            attributes.extend(port.map(|port| KeyValue::new(SERVER_PORT, i64::from(port))));
            attributes
        })
    }

    /// The request of an attempt. `None` where the URL cannot take the token.
    fn request(&self, push: &Push) -> Option<RequestBuilder> {
        let life = (push.expire_time - time::OffsetDateTime::now_utc()).whole_seconds().max(0);
        let request = match self.provider {
            Provider::Fcm => self.client.post(self.url.clone()).json(&fcm(push, life)),
            Provider::Apns => {
                let mut url = self.url.clone();
                url.path_segments_mut().ok()?.pop_if_empty().extend(["3", "device", &push.token]);
                let expiration = push.expire_time.unix_timestamp();
                self.client
                    .post(url)
                    .header("apns-id", push.delivery_id.to_string())
                    .header("apns-push-type", "alert")
                    .header("apns-expiration", expiration.to_string())
                    .json(&apns(push))
            }
            Provider::WebPush => {
                self.client.post(self.url.clone()).header("ttl", life.to_string()).json(&web_push(push))
            }
        };
        let request = request.header("idempotency-key", push.delivery_id.to_string());
        Some(match &self.authorization {
            Some(secret) => request.bearer_auth(secret.expose()),
            None => request,
        })
    }
}

#[async_trait]
impl PushProvider for HttpProvider {
    async fn push(&self, push: &Push) -> Outcome {
        let Some(request) = self.request(push) else {
            return Outcome::Refused("the URL cannot take a token".to_owned());
        };
        let mut span = self.span();
        let answered = span.during(request.send()).await;
        if let Ok(response) = &answered {
            span.set(KeyValue::new(HTTP_RESPONSE_STATUS_CODE, i64::from(response.status().as_u16())));
        }
        drop(span);
        let mut response = match answered {
            Ok(response) => response,
            // The text of the error could hold the URL, and that the token.
            Err(error) if error.is_timeout() => return failed("did not answer in time", None),
            Err(error) if error.is_builder() => return Outcome::Refused("no request can be made of it".to_owned()),
            Err(_) => return failed("could not be reached", None),
        };
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        if status.is_success() {
            return Outcome::Delivered;
        }
        let mut answer = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            answer.extend_from_slice(&chunk);
            if answer.len() >= MOST_ANSWER {
                break;
            }
        }
        classify(self.provider, status, &String::from_utf8_lossy(&answer), retry_after)
    }
}

/// What an answer that is no success means.
fn classify(provider: Provider, status: StatusCode, answer: &str, retry_after: Option<Duration>) -> Outcome {
    let gone = match provider {
        // A 404 can also mean that the URL is wrong, which must not cost everybody their devices.
        Provider::Fcm => status == StatusCode::NOT_FOUND && answer.contains("UNREGISTERED"),
        Provider::Apns => status == StatusCode::BAD_REQUEST && answer.contains("BadDeviceToken"),
        Provider::WebPush => false,
    };
    let reason = format!("answered {}", status.as_u16());
    match status {
        _ if gone => Outcome::Gone,
        StatusCode::GONE => Outcome::Gone,
        // Credentials and addresses can be set right.
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS => failed(&reason, retry_after),
        _ if status.is_client_error() => Outcome::Refused(reason),
        _ => failed(&reason, retry_after),
    }
}

fn failed(reason: &str, retry_after: Option<Duration>) -> Outcome {
    Outcome::Failed { reason: reason.to_owned(), retry_after }
}

/// Seconds; the form with a date is passed over.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Values that the application reads.
fn data(push: &Push) -> Value {
    json!({
        "notification_id": push.notification_id.to_string(),
        "kind": push.kind.name(),
        "actor_id": push.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        "subject_id": push.subject_id.map(|id| id.to_string()).unwrap_or_default(),
    })
}

/// HTTP v1.
fn fcm(push: &Push, life: i64) -> Value {
    json!({ "message": {
        "token": push.token,
        "notification": { "title": push.title, "body": push.body },
        "data": data(push),
        "android": { "ttl": format!("{life}s") },
    } })
}

fn apns(push: &Push) -> Value {
    json!({ "aps": { "alert": { "title": push.title, "body": push.body }, "sound": "default" }, "data": data(push) })
}

/// For a gateway that encrypts for the subscription (RFC 8291) and sends it on: addresses that devices name are not called from here.
fn web_push(push: &Push) -> Value {
    json!({ "subscription": push.token, "title": push.title, "body": push.body, "data": data(push) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let outcome = |provider, status: u16, answer| {
            classify(provider, StatusCode::from_u16(status).unwrap(), answer, Some(Duration::from_secs(7))).name()
        };
        for provider in Provider::ALL {
            assert_eq!(outcome(provider, 410, ""), "gone");
            assert_eq!(outcome(provider, 404, ""), "failed", "a wrong URL costs nobody a device");
            for status in [401, 403, 408, 429, 500, 503, 302] {
                assert_eq!(outcome(provider, status, ""), "failed", "{status}");
            }
            for status in [400, 413, 422] {
                assert_eq!(outcome(provider, status, ""), "refused", "{status}");
            }
        }
        assert_eq!(outcome(Provider::Fcm, 404, r#"{"errorCode":"UNREGISTERED"}"#), "gone");
        assert_eq!(outcome(Provider::Apns, 400, r#"{"reason":"BadDeviceToken"}"#), "gone");
    }

    #[test]
    fn a_token_is_one_segment_of_the_url() {
        let url = Url::parse("https://push.example/base/").unwrap();
        let provider = HttpProvider::new(Provider::Apns, Client::new(), url, Some("s".to_owned().into()));
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

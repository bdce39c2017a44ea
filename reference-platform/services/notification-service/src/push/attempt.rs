//! One attempt at a push by HTTP: what all providers have in common. What a push looks like, and which answers mean that a token is
//! gone, is known to each provider alone.

use std::time::Duration;

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

use crate::domain::push::{Outcome, Push};

/// Bytes of an answer that are looked at.
const MOST_ANSWER: usize = 4096;

/// A client for all providers. An attempt takes no longer than `timeout`, the answer included.
pub fn client(timeout: Duration) -> anyhow::Result<Client> {
    let client =
        Client::builder().timeout(timeout).connect_timeout(timeout).redirect(redirect::Policy::none()).build()?;
    Ok(client)
}

/// Where an attempt goes, as its trace tells it: `path` never holds a token.
pub(super) struct Target<'a> {
    pub(super) url: &'a Url,
    pub(super) path: String,
}

impl Target<'_> {
    fn span(&self) -> Outgoing {
        outgoing::client(format!("POST {}", self.path), || {
            let mut attributes =
                vec![KeyValue::new(HTTP_REQUEST_METHOD, "POST"), KeyValue::new(URL_TEMPLATE, self.path.clone())];
            attributes.extend(self.url.host_str().map(|host| KeyValue::new(SERVER_ADDRESS, host.to_owned())));
            let port = self.url.port_or_known_default();
            attributes.extend(port.map(|port| KeyValue::new(SERVER_PORT, i64::from(port))));
            attributes
        })
    }
}

/// With the key by which a provider knows a push again, and the secret, if there is one, as a bearer token.
pub(super) fn signed(request: RequestBuilder, push: &Push, authorization: Option<&Secret>) -> RequestBuilder {
    let request = request.header("idempotency-key", push.delivery_id.to_string());
    match authorization {
        Some(secret) => request.bearer_auth(secret.expose()),
        None => request,
    }
}

/// Seconds that a push is still worth something.
pub(super) fn life(push: &Push) -> i64 {
    (push.expire_time - time::OffsetDateTime::now_utc()).whole_seconds().max(0)
}

/// Sends a request. `is_gone`: whether an answer means that nobody has the token any more.
pub(super) async fn attempt(
    request: RequestBuilder,
    target: Target<'_>,
    is_gone: fn(StatusCode, &str) -> bool,
) -> Outcome {
    let mut span = target.span();
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
    let gone = is_gone(status, &String::from_utf8_lossy(&answer));
    classify(gone, status, retry_after)
}

/// What an answer that is no success means.
fn classify(gone: bool, status: StatusCode, retry_after: Option<Duration>) -> Outcome {
    let reason = format!("answered {}", status.as_u16());
    match status {
        _ if gone => Outcome::Gone,
        StatusCode::GONE => Outcome::Gone,
        // Credentials and addresses can be set right. A 404 can also mean that the URL is wrong, which must not cost everybody
        // their devices.
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
pub(super) fn data(push: &Push) -> Value {
    json!({
        "notification_id": push.notification_id.to_string(),
        "kind": push.kind.name(),
        "actor_id": push.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        "subject_id": push.subject_id.map(|id| id.to_string()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let outcome = |gone, status: u16| {
            classify(gone, StatusCode::from_u16(status).unwrap(), Some(Duration::from_secs(7))).name()
        };
        assert_eq!(outcome(false, 410), "gone");
        assert_eq!(outcome(true, 400), "gone");
        assert_eq!(outcome(false, 404), "failed", "a wrong URL costs nobody a device");
        for status in [401, 403, 408, 429, 500, 503, 302] {
            assert_eq!(outcome(false, status), "failed", "{status}");
        }
        for status in [400, 413, 422] {
            assert_eq!(outcome(false, status), "refused", "{status}");
        }
    }
}

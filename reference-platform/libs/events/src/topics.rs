//! The topics of the platform and what is in them: the only place that names one. Each name is the one that the contract has at
//! its message.

use prost::Message;
use social_proto::auth::v1::AccountEvent;
use social_proto::content::v1::ContentEvent;
use social_proto::events::v1::AnalyticsEvent;
use social_proto::media::v1::MediaEvent;
use social_proto::messaging::v1::MessageEvent;
use social_proto::notification::v1::DeadLetter;
use social_proto::streaming::v1::StreamEvent;
use social_proto::user::v1::{GraphEvent, UserEvent};

/// [`AccountEvent`] of auth-service.
pub const ACCOUNT_EVENTS: &str = "social.auth.account-events.v1";
/// [`UserEvent`] of user-service.
pub const USER_EVENTS: &str = "social.user.user-events.v1";
/// [`GraphEvent`] of user-service.
pub const GRAPH_EVENTS: &str = "social.user.graph-events.v1";
/// [`ContentEvent`] of content-service.
pub const CONTENT_EVENTS: &str = "social.content.content-events.v1";
/// [`MediaEvent`] of media-service.
pub const MEDIA_EVENTS: &str = "social.media.media-events.v1";
/// [`MessageEvent`] of messaging-service.
pub const MESSAGE_EVENTS: &str = "social.messaging.message-events.v1";
/// [`StreamEvent`] of streaming-service.
pub const STREAM_EVENTS: &str = "social.streaming.stream-events.v1";
/// [`AnalyticsEvent`] of events-service.
pub const ANALYTICS_EVENTS: &str = "social.events.analytics-events.v1";
/// [`DeadLetter`] of notification-service.
pub const DEAD_LETTERS: &str = "social.notification.dead-letters.v1";

/// All of them, for whoever creates topics.
pub const ALL: [&str; 9] = [
    ACCOUNT_EVENTS,
    USER_EVENTS,
    GRAPH_EVENTS,
    CONTENT_EVENTS,
    MEDIA_EVENTS,
    MESSAGE_EVENTS,
    STREAM_EVENTS,
    ANALYTICS_EVENTS,
    DEAD_LETTERS,
];

/// Where a group puts what it cannot apply.
pub fn dead_letter(topic: &str, group: &str) -> String {
    format!("{topic}.{group}.dead-letter")
}

/// Where a group for which order does not matter puts what it tries again later.
pub fn retry(topic: &str, group: &str) -> String {
    format!("{topic}.{group}.retry")
}

/// A message that is the value of one topic.
pub trait Event: Message + Default {
    /// The only topic that holds it.
    const TOPIC: &'static str;

    /// Events with the same key stay in order.
    fn key(&self) -> &[u8];

    /// A UUID, by which it is applied once.
    fn event_id(&self) -> &str;
}

impl Event for AccountEvent {
    const TOPIC: &'static str = ACCOUNT_EVENTS;

    fn key(&self) -> &[u8] {
        self.account_id.as_bytes()
    }

    fn event_id(&self) -> &str {
        &self.event_id
    }
}

impl Event for UserEvent {
    const TOPIC: &'static str = USER_EVENTS;

    fn key(&self) -> &[u8] {
        self.user_id.as_bytes()
    }

    fn event_id(&self) -> &str {
        &self.event_id
    }
}

impl Event for GraphEvent {
    const TOPIC: &'static str = GRAPH_EVENTS;

    fn key(&self) -> &[u8] {
        self.from_user_id.as_bytes()
    }

    fn event_id(&self) -> &str {
        &self.event_id
    }
}

impl Event for ContentEvent {
    const TOPIC: &'static str = CONTENT_EVENTS;

    fn key(&self) -> &[u8] {
        self.post_id.as_bytes()
    }

    fn event_id(&self) -> &str {
        &self.event_id
    }
}

impl Event for MediaEvent {
    const TOPIC: &'static str = MEDIA_EVENTS;

    fn key(&self) -> &[u8] {
        self.media_id.as_bytes()
    }

    fn event_id(&self) -> &str {
        &self.event_id
    }
}

impl Event for MessageEvent {
    const TOPIC: &'static str = MESSAGE_EVENTS;

    fn key(&self) -> &[u8] {
        self.conversation_id.as_bytes()
    }

    fn event_id(&self) -> &str {
        &self.event_id
    }
}

impl Event for StreamEvent {
    const TOPIC: &'static str = STREAM_EVENTS;

    fn key(&self) -> &[u8] {
        self.stream_id.as_bytes()
    }

    fn event_id(&self) -> &str {
        &self.event_id
    }
}

impl Event for AnalyticsEvent {
    const TOPIC: &'static str = ANALYTICS_EVENTS;

    /// The user, or the event itself of somebody who is not logged in.
    fn key(&self) -> &[u8] {
        if self.user_id.is_empty() { self.event_id().as_bytes() } else { self.user_id.as_bytes() }
    }

    fn event_id(&self) -> &str {
        self.event.as_ref().map_or("", |event| &event.event_id)
    }
}

impl Event for DeadLetter {
    const TOPIC: &'static str = DEAD_LETTERS;

    /// As in the topic that it comes from, whatever that is.
    fn key(&self) -> &[u8] {
        &self.key
    }

    fn event_id(&self) -> &str {
        &self.dead_letter_id
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn contracts_name_exactly_these_topics() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/social");
        let mut named = Vec::new();
        for context in fs::read_dir(root).unwrap() {
            let Ok(contract) = fs::read_to_string(context.unwrap().path().join("v1/events.proto")) else { continue };
            let after = contract.split("Topic `").skip(1);
            named.extend(after.filter_map(|rest| rest.split('`').next()).map(str::to_owned));
        }
        named.sort();
        let mut known = ALL.map(str::to_owned);
        known.sort();
        assert_eq!(named, known);
    }

    #[test]
    fn analytics_of_nobody_is_keyed_by_its_id() {
        let client = social_proto::events::v1::ClientEvent { event_id: "e".to_owned(), ..Default::default() };
        let mut event = AnalyticsEvent { event: Some(client), ..Default::default() };
        assert_eq!(event.key(), b"e");
        event.user_id = "u".to_owned();
        assert_eq!(event.key(), b"u");
    }
}

//! A record of the log as a handler sees it.

use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};
use uuid::Uuid;

use crate::{ConsumeError, Event};

pub(crate) const EVENT_ID: &str = "event-id";
pub(crate) const CONTENT_TYPE: &str = "content-type";
pub(crate) const PROTOBUF: &str = "application/protobuf";
pub(crate) const SOURCE_TOPIC: &str = "source-topic";
pub(crate) const SOURCE_PARTITION: &str = "source-partition";
pub(crate) const SOURCE_OFFSET: &str = "source-offset";
pub(crate) const ATTEMPTS: &str = "attempts";
pub(crate) const NOT_BEFORE: &str = "not-before";
pub(crate) const REASON: &str = "reason";

/// One delivery of an event. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Received {
    record: Arc<Record>,
    attempt: u32,
}

/// What came from the broker.
#[derive(Debug)]
pub(crate) struct Record {
    /// Without the prefix; for one that comes from a retry topic, the topic where it was first.
    pub(crate) topic: String,
    /// Where it was read, without the prefix: that topic, or its retry topic.
    pub(crate) read_from: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    /// Those whose value is text; no header of the platform is anything else.
    pub(crate) headers: HashMap<String, String>,
    /// In this process and in those that sent it to the retry topic.
    pub(crate) attempts: u32,
    /// For one that comes from a retry topic.
    pub(crate) not_before: Option<SystemTime>,
}

impl Record {
    pub(crate) fn new(message: &BorrowedMessage<'_>, prefix: &str) -> Self {
        let mut headers = HashMap::new();
        if let Some(borrowed) = message.headers() {
            // The library panics at a name that is not UTF-8. Whoever sent it has lost its headers.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| {
                for header in borrowed.iter() {
                    if let Some(Ok(value)) = header.value.map(str::from_utf8) {
                        headers.insert(header.key.to_owned(), value.to_owned());
                    }
                }
            }));
        }
        let topic = message.topic().strip_prefix(prefix).unwrap_or(message.topic());
        let mut record = Record {
            topic: topic.to_owned(),
            read_from: topic.to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers,
            attempts: 0,
            not_before: None,
        };
        record.restore_source();
        record
    }

    /// A record of a retry topic stands for the one that it was made of.
    fn restore_source(&mut self) {
        let Some(not_before) = self.headers.get(NOT_BEFORE).and_then(|millis| millis.parse().ok()) else { return };
        self.not_before = Some(UNIX_EPOCH + Duration::from_millis(not_before));
        if let Some(topic) = self.headers.get(SOURCE_TOPIC) {
            self.topic = topic.clone();
        }
        self.partition = self.number(SOURCE_PARTITION).unwrap_or(self.partition);
        self.offset = self.number(SOURCE_OFFSET).unwrap_or(self.offset);
        self.attempts = self.number(ATTEMPTS).unwrap_or(0);
    }

    fn number<N: std::str::FromStr>(&self, header: &str) -> Option<N> {
        self.headers.get(header)?.parse().ok()
    }
}

impl Received {
    pub(crate) fn new(record: Arc<Record>, attempt: u32) -> Self {
        Self { record, attempt }
    }

    /// One of [`topics`](crate::topics), also when the event comes from a retry topic.
    pub fn topic(&self) -> &str {
        &self.record.topic
    }

    /// Empty where there is none.
    pub fn key(&self) -> &[u8] {
        self.record.key.as_deref().unwrap_or_default()
    }

    /// The encoded message; empty where there is none.
    pub fn value(&self) -> &[u8] {
        self.record.value.as_deref().unwrap_or_default()
    }

    /// Where it is in [`topic`](Self::topic).
    pub fn partition(&self) -> i32 {
        self.record.partition
    }

    /// Where it is in its partition.
    pub fn offset(&self) -> i64 {
        self.record.offset
    }

    /// 1 for the first.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// By which it is applied once.
    ///
    /// # Errors
    /// Poison, when the header is not there or no UUID.
    pub fn id(&self) -> Result<Uuid, ConsumeError> {
        let id = self.record.headers.get(EVENT_ID).ok_or_else(|| ConsumeError::poison("no header event-id"))?;
        Uuid::parse_str(id).map_err(|_| ConsumeError::poison("header event-id is not a UUID"))
    }

    /// The event itself.
    ///
    /// # Errors
    /// Poison, when it cannot be read, belongs to another topic, or its id is not that of the header.
    pub fn decode<E: Event>(&self) -> Result<E, ConsumeError> {
        if self.topic() != E::TOPIC {
            return Err(ConsumeError::poison(format!("{} does not hold what {} holds", self.topic(), E::TOPIC)));
        }
        let event = E::decode(self.value()).map_err(|error| ConsumeError::poison(error.to_string()))?;
        if Uuid::parse_str(event.event_id()) != Ok(self.id()?) {
            return Err(ConsumeError::poison("event_id is not that of the header"));
        }
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use social_proto::content::v1::ContentEvent;
    use social_proto::user::v1::UserEvent;

    use super::*;
    use crate::topics;

    fn received(id: &str, header: Option<&str>) -> Received {
        let event = ContentEvent { event_id: id.to_owned(), post_id: "p".to_owned(), ..Default::default() };
        let record = Record {
            topic: topics::CONTENT_EVENTS.to_owned(),
            read_from: topics::CONTENT_EVENTS.to_owned(),
            partition: 0,
            offset: 0,
            key: None,
            value: Some(event.encode_to_vec()),
            headers: header.map(|id| (EVENT_ID.to_owned(), id.to_owned())).into_iter().collect(),
            attempts: 0,
            not_before: None,
        };
        Received::new(Arc::new(record), 1)
    }

    #[test]
    fn reads_what_the_topic_holds() {
        let id = Uuid::now_v7().to_string();
        let event = received(&id, Some(&id));
        assert_eq!(event.decode::<ContentEvent>().unwrap().post_id, "p");
        assert_eq!(event.id().unwrap().to_string(), id);
    }

    #[test]
    fn the_rest_is_poison() {
        let (id, other) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
        let poison = |result: Result<_, ConsumeError>| matches!(result, Err(ConsumeError::Poison(_)));
        assert!(poison(received(&id, Some(&other)).decode::<ContentEvent>().map(drop)));
        assert!(poison(received(&id, None).decode::<ContentEvent>().map(drop)));
        assert!(poison(received("x", Some("x")).decode::<ContentEvent>().map(drop)));
        assert!(poison(received(&id, Some(&id)).decode::<UserEvent>().map(drop)));
    }
}

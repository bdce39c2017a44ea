//! Publishing without an outbox: produce, and wait until the brokers have it.

use std::slice;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use social_telemetry::KeyValue;
use social_telemetry::attribute::{
    MESSAGING_DESTINATION_NAME, MESSAGING_OPERATION_NAME, MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM,
};
use social_telemetry::context::{Context, inject_pairs, with_current};
use social_telemetry::outgoing::{self, Outgoing};
use uuid::Uuid;

use crate::client::Reports;
use crate::record::{CONTENT_TYPE, EVENT_ID, PROTOBUF};
use crate::settings::Delivery;
use crate::{Error, Event, Result, Settings};

/// The largest encoded event, so that a record with its headers is below the limit of the brokers (1 MiB), which would refuse it.
pub const MAX_EVENT_BYTES: usize = 512 * 1024;

const QUEUE_PAUSE: Duration = Duration::from_millis(20);

/// Publishes for a caller that waits. Cheap to clone. Needs a Tokio runtime.
#[derive(Clone)]
pub struct Publisher {
    producer: FutureProducer<Reports>,
    prefix: String,
    request_timeout: Duration,
}

impl Publisher {
    /// Does not wait for a connection.
    ///
    /// # Errors
    /// When a setting is out of the range that the client library takes.
    pub fn new(settings: &Settings) -> Result<Self> {
        let producer = settings.producer(Delivery::Bounded).create_with_context(Reports)?;
        Ok(Self {
            producer,
            prefix: settings.kafka_topic_prefix.clone(),
            request_timeout: settings.kafka_request_timeout,
        })
    }

    /// Publishes one event; returns when all in-sync replicas have it.
    ///
    /// # Errors
    /// After an error the event may be there all the same: publish it again with the same id.
    pub async fn publish<E: Event>(&self, topic: &'static str, event: &E) -> Result<()> {
        self.publish_all(topic, slice::from_ref(event)).await
    }

    /// Publishes events, those of a key in the given order; returns when all in-sync replicas have all of them. The caller bounds
    /// how many there are.
    ///
    /// # Errors
    /// The first one. Any of the events may be there all the same: publish all again with the same ids.
    pub async fn publish_all<E: Event>(&self, topic: &'static str, events: &[E]) -> Result<()> {
        let trace = inject_pairs();
        let mut deliveries = Vec::with_capacity(events.len());
        for event in events {
            let headers =
                headers(check(topic, event)?, trace.iter().map(|(key, value)| (key.as_str(), value.as_str())));
            let sending = with_current(|context| sending(context, topic));
            let delivery = self.queue(topic, Some(event.key()), Some(&event.encode_to_vec()), headers).await?;
            deliveries.push((sending, delivery));
        }
        for (sending, delivery) in deliveries {
            sending.of(delivered(topic, delivery)).await?;
        }
        Ok(())
    }

    /// Asks the brokers for their cluster, for readiness.
    ///
    /// # Errors
    /// When no broker answers in time.
    pub async fn ping(&self) -> Result<()> {
        let (producer, timeout) = (self.producer.clone(), self.request_timeout);
        let asked = tokio::task::spawn_blocking(move || producer.client().fetch_cluster_id(timeout)).await;
        match asked {
            Ok(Some(_)) => Ok(()),
            _ => Err(KafkaError::MetadataFetch(RDKafkaErrorCode::AllBrokersDown).into()),
        }
    }

    /// Publishes a record as it is; returns when all in-sync replicas have it. `topic` is without the prefix.
    pub(crate) async fn send(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
    ) -> Result<()> {
        let sending = with_current(|context| sending(context, topic));
        sending
            .of(async {
                let delivery = self.queue(topic, key, value, headers).await?;
                delivered(topic, delivery).await
            })
            .await
    }

    /// Records of a key are delivered in the order in which they were queued. Waits while the queue is full.
    async fn queue(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
    ) -> Result<DeliveryFuture> {
        let name = format!("{}{topic}", self.prefix);
        let deadline = Instant::now() + self.request_timeout;
        loop {
            let mut record = FutureRecord::<[u8], [u8]>::to(&name).headers(headers.clone());
            record.key = key;
            record.payload = value;
            match self.producer.send_result(record) {
                Ok(delivery) => return Ok(delivery),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) if Instant::now() < deadline => {
                    tokio::time::sleep(QUEUE_PAUSE.mul_f64(rand::random_range(0.5..1.0))).await;
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }
}

/// The span of a record on its way to the brokers, as part of what `context` tells.
pub(crate) fn sending(context: &Context, topic: &str) -> Outgoing {
    outgoing::producer(context, format!("send {topic}"), || {
        vec![
            KeyValue::new(MESSAGING_SYSTEM, "kafka"),
            KeyValue::new(MESSAGING_DESTINATION_NAME, topic.to_owned()),
            KeyValue::new(MESSAGING_OPERATION_NAME, "send"),
            KeyValue::new(MESSAGING_OPERATION_TYPE, "send"),
        ]
    })
}

/// Waits until all in-sync replicas have it.
pub(crate) async fn delivered(topic: &str, delivery: DeliveryFuture) -> Result<()> {
    match delivery.await {
        Ok(Ok(_)) => {
            metrics::counter!("events_published_total", "topic" => topic.to_owned()).increment(1);
            Ok(())
        }
        Ok(Err((error, _))) => Err(error.into()),
        Err(_) => Err(KafkaError::Canceled.into()),
    }
}

/// What each record of an event carries besides it; `trace` is what [`inject_pairs`] gave.
pub(crate) fn headers<'a>(event_id: Uuid, trace: impl Iterator<Item = (&'a str, &'a str)>) -> OwnedHeaders {
    let headers = OwnedHeaders::new()
        .insert(Header { key: EVENT_ID, value: Some(&event_id.to_string()) })
        .insert(Header { key: CONTENT_TYPE, value: Some(PROTOBUF) });
    trace.fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}

/// The id of an event that may go to this topic. The topic is said where an event is published, so that a reader sees where it
/// goes; it is still the one of the event.
pub(crate) fn check<E: Event>(topic: &str, event: &E) -> Result<Uuid> {
    if topic != E::TOPIC {
        return Err(Error::Event(format!("it belongs to {}, not to {topic}", E::TOPIC)));
    }
    if event.encoded_len() > MAX_EVENT_BYTES {
        return Err(Error::Event(format!("it has more than {MAX_EVENT_BYTES} bytes")));
    }
    Uuid::parse_str(event.event_id()).map_err(|_| Error::Event("its id is not a UUID".to_owned()))
}

#[cfg(test)]
mod tests {
    use social_proto::user::v1::UserEvent;

    use super::*;
    use crate::topics;

    #[test]
    fn only_a_complete_event_of_the_topic_may_go() {
        let id = Uuid::now_v7();
        let event = UserEvent { event_id: id.to_string(), user_id: "u".to_owned(), ..Default::default() };
        assert_eq!(check(topics::USER_EVENTS, &event).unwrap(), id);
        assert!(check(topics::GRAPH_EVENTS, &event).is_err());
        assert!(check(topics::USER_EVENTS, &UserEvent { event_id: "x".to_owned(), ..event.clone() }).is_err());
        let large = UserEvent { user_id: "u".repeat(MAX_EVENT_BYTES), ..event };
        assert!(check(topics::USER_EVENTS, &large).is_err());
    }
}

//! Taking events in.

use social_auth::{Caller, Kind};
use social_events::topics;
use social_proto::events::v1 as contract;
use social_runtime::validate::Validation;
use social_runtime::{Error, Result, timestamp};
use time::OffsetDateTime;

use super::App;
use crate::domain::event::{Checked, ClientEvent, MOST_EVENTS};

/// Refused events that are named.
const MOST_NAMED: usize = 100;
/// An id that is none can be anything.
const ID_CHARACTERS: usize = 60;

/// Who tells events.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Empty for a service and for somebody who is not logged in.
    user_id: String,
    known: bool,
}

impl From<Option<&Caller>> for Sender {
    fn from(caller: Option<&Caller>) -> Self {
        let user_id = match caller.map(|caller| &caller.kind) {
            Some(Kind::User { account_id, .. }) => account_id.to_string(),
            _ => String::new(),
        };
        Self { user_id, known: caller.is_some() }
    }
}

/// What became of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    pub accepted: i64,
    pub rejected: i64,
    /// The first 100 of those that were refused.
    pub rejections: Vec<Rejection>,
}

/// Why an event was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub event_id: String,
    pub reason: String,
}

impl Ingested {
    /// Adds what became of further events.
    pub fn add(&mut self, further: Self) {
        self.accepted += further.accepted;
        self.rejected += further.rejected;
        let room = MOST_NAMED - self.rejections.len();
        self.rejections.extend(further.rejections.into_iter().take(room));
    }

    fn reject(&mut self, event: &ClientEvent, reason: String) {
        self.rejected += 1;
        if self.rejections.len() < MOST_NAMED {
            let event_id = event.event_id.chars().take(ID_CHARACTERS).collect();
            self.rejections.push(Rejection { event_id, reason });
        }
    }
}

impl App {
    /// Takes 1 to 500 events in; returns when the log has all that are right. After a failure the same ones can be told again.
    pub async fn ingest(&self, sender: &Sender, events: Vec<ClientEvent>) -> Result<Ingested> {
        let mut request = Validation::new();
        request.list("events", &events, 1..=MOST_EVENTS);
        request.finish()?;
        let schemas = self.catalog.schemas().await?;
        let now = OffsetDateTime::now_utc();
        let mut ingested = Ingested::default();
        let mut right = Vec::with_capacity(events.len());
        for event in events {
            let schema = schemas.version(&event.name, event.schema_version);
            match event.check(schema, sender.known, now) {
                Ok(checked) => right.push(analytics_event(event, checked, sender, now)),
                Err(reason) => ingested.reject(&event, reason),
            }
        }
        let published = self.publisher.publish_all(topics::ANALYTICS_EVENTS, &right);
        match tokio::time::timeout(self.publish_timeout, published).await {
            Ok(published) => published?,
            Err(_) => return Err(Error::unavailable("the event log does not answer in time")),
        }
        ingested.accepted = right.len() as i64;
        Ok(ingested)
    }
}

fn analytics_event(
    event: ClientEvent,
    checked: Checked,
    sender: &Sender,
    now: OffsetDateTime,
) -> contract::AnalyticsEvent {
    contract::AnalyticsEvent {
        event: Some(contract::ClientEvent {
            // In one form, so that the same id has the same key.
            event_id: checked.event_id.to_string(),
            name: event.name,
            schema_version: event.schema_version,
            occur_time: Some(timestamp::to_proto(checked.occur_time)),
            properties: event.properties,
        }),
        user_id: sender.user_id.clone(),
        receive_time: Some(timestamp::to_proto(now)),
    }
}

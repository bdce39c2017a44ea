//! Bodies and parameters of the REST edge.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use crate::app::{Ingested, WindowInput};
use crate::domain;
use crate::domain::schema::Kind;
use crate::domain::window::{Window, time_of};

/// Events of a client.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBatch {
    /// 1 to 500.
    pub events: Vec<ClientEvent>,
}

/// Something that a client tells. What is wrong with it is told in the answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientEvent {
    /// A UUID; an id counts once.
    event_id: String,
    /// The name of a schema.
    name: String,
    schema_version: i32,
    /// By the clock of the client; at most 7 days ago.
    #[schema(format = DateTime)]
    occur_time: String,
    /// As the schema says.
    #[serde(default)]
    properties: HashMap<String, String>,
}

/// What became of the events.
#[derive(Serialize, ToSchema)]
pub struct IngestResult {
    accepted_count: i64,
    rejected_count: i64,
    /// The first 100 of those that were refused.
    rejections: Vec<Rejection>,
}

/// Why an event was refused.
#[derive(Serialize, ToSchema)]
pub struct Rejection {
    event_id: String,
    /// For developers.
    reason: String,
}

/// One version of a schema.
#[derive(Serialize, ToSchema)]
pub struct Schema {
    name: String,
    version: i32,
    properties: Vec<Property>,
}

/// What a version of a schema holds.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemaDefinition {
    /// At most 50. A later version can add optional ones.
    pub properties: Vec<Property>,
}

/// A property of an event.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Property {
    pub name: String,
    pub r#type: PropertyType,
    #[serde(default)]
    pub required: bool,
}

/// How the text of a property is read.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PropertyType {
    Text = 1,
    Integer = 2,
    Number = 3,
    Bool = 4,
    Timestamp = 5,
}

/// A page of schemas, each in its latest version.
#[derive(Serialize, ToSchema)]
pub struct SchemaPage {
    pub schemas: Vec<Schema>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Which page of a list is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// 0 means 50; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Empty for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// Which version is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionParameter {
    /// 0 for the latest.
    #[serde(default)]
    pub version: i32,
}

/// A time and its steps.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WindowParameters {
    /// RFC 3339.
    #[param(format = DateTime)]
    begin_time: String,
    /// RFC 3339; not included.
    #[param(format = DateTime)]
    end_time: String,
    /// At most 1000 steps in the time.
    step_seconds: u32,
}

/// Which services and which page are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RedParameters {
    /// Empty for all.
    #[serde(default)]
    pub service: String,
    /// 0 means 1000; at most 10000.
    #[serde(default)]
    pub page_size: i32,
    /// Empty for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// Rate, errors and duration of one service in one step.
#[derive(Serialize, ToSchema)]
pub struct RedPoint {
    #[schema(format = DateTime)]
    begin_time: String,
    service: String,
    /// Requests per second.
    request_rate: f64,
    /// 0 to 1.
    error_ratio: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

/// A page of points, by time and service.
#[derive(Serialize, ToSchema)]
pub struct RedPage {
    pub points: Vec<RedPoint>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Numbers of the product.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    ActiveUsers = 1,
    Registrations = 2,
    Posts = 3,
    Reactions = 4,
    Messages = 5,
    MinutesWatched = 6,
}

/// A number in one step.
#[derive(Serialize, ToSchema)]
pub struct MetricPoint {
    #[schema(format = DateTime)]
    begin_time: String,
    value: f64,
}

/// One point for each step.
#[derive(Serialize, ToSchema)]
pub struct MetricPoints {
    pub points: Vec<MetricPoint>,
}

impl From<ClientEvent> for domain::event::ClientEvent {
    fn from(event: ClientEvent) -> Self {
        Self {
            event_id: event.event_id,
            name: event.name,
            schema_version: event.schema_version,
            occur_time: parsed(&event.occur_time),
            properties: event.properties,
        }
    }
}

impl From<Ingested> for IngestResult {
    fn from(ingested: Ingested) -> Self {
        let rejections = ingested.rejections.into_iter();
        Self {
            accepted_count: ingested.accepted,
            rejected_count: ingested.rejected,
            rejections: rejections.map(|one| Rejection { event_id: one.event_id, reason: one.reason }).collect(),
        }
    }
}

impl From<domain::schema::Schema> for Schema {
    fn from(schema: domain::schema::Schema) -> Self {
        let property = |property: domain::schema::Property| Property {
            name: property.name,
            r#type: match property.kind {
                Kind::Text => PropertyType::Text,
                Kind::Integer => PropertyType::Integer,
                Kind::Number => PropertyType::Number,
                Kind::Bool => PropertyType::Bool,
                Kind::Timestamp => PropertyType::Timestamp,
            },
            required: property.required,
        };
        Self {
            name: schema.name,
            version: schema.version,
            properties: schema.properties.into_iter().map(property).collect(),
        }
    }
}

impl WindowParameters {
    /// For the use case, which tells what is wrong.
    pub fn input(&self) -> WindowInput {
        WindowInput {
            begin: parsed(&self.begin_time),
            end: parsed(&self.end_time),
            step: Some(time::Duration::seconds(i64::from(self.step_seconds))),
        }
    }
}

impl RedPoint {
    /// A point of the window.
    pub fn new(window: &Window, point: domain::metric::RedPoint) -> Self {
        let milliseconds = |duration: std::time::Duration| duration.as_secs_f64() * 1000.0;
        Self {
            begin_time: rfc3339(time_of(window.begin_of(point.step))),
            service: point.service,
            request_rate: point.rate,
            error_ratio: point.error_ratio,
            p50_ms: milliseconds(point.p50),
            p95_ms: milliseconds(point.p95),
            p99_ms: milliseconds(point.p99),
        }
    }
}

impl MetricPoint {
    /// The number of a step of the window.
    pub fn new(window: &Window, (step, value): (i64, f64)) -> Self {
        Self { begin_time: rfc3339(time_of(window.begin_of(step))), value }
    }
}

/// A time of the years 1 to 9999, as everywhere.
fn parsed(text: &str) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(time::UtcOffset::UTC)?;
    (1..=9999).contains(&time.year()).then_some(time)
}

fn rfc3339(time: OffsetDateTime) -> String {
    // Fails only for years outside 0 to 9999, which no window has.
    time.format(&Rfc3339).unwrap_or_default()
}

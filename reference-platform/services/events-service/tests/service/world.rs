//! A service of its own for each test, with a database and topics of its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use clap::Parser;
use events_service::Settings;
use social_events::{ConsumeError, Event, Handler, Publisher, Received, replay, topics};
use social_proto::events::v1::events_service_client::EventsServiceClient;
use social_proto::events::v1::*;
use social_runtime::{Handle, Runtime};
use social_testing::{Fake, Stores, TestTopics, Tokens, unique};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::proxy::Proxy;

/// How long something may take that comes by events.
pub const SOON: Duration = Duration::from_secs(15);

pub struct World {
    pub events: EventsServiceClient<Channel>,
    pub tokens: Tokens,
    /// Of the REST edge.
    pub http: String,
    pub settings: Settings,
    /// The service's way to ClickHouse.
    pub clickhouse: Proxy,
    clickhouse_url: String,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
    _auth: Fake,
    _topics: TestTopics,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    pub async fn without_kafka() -> Self {
        Self::start_with(Some("127.0.0.1:1")).await
    }

    async fn start_with(brokers: Option<&str>) -> Self {
        let stores = Stores::load().unwrap();
        let prefix = unique("analytics");
        let dead = [topics::ANALYTICS_EVENTS, topics::ACCOUNT_EVENTS]
            .map(|topic| topics::dead_letter(topic, "events-service"));
        let names: Vec<&str> = topics::ALL.into_iter().chain(dead.iter().map(String::as_str)).collect();
        let topics = stores.topics(&prefix, &names, 1).await.unwrap();
        let clickhouse_url = stores.clickhouse_url().unwrap().to_owned();
        let clickhouse = Proxy::to(&clickhouse_url).await;
        let tokens = Tokens::new();
        let auth = tokens.serve().await.unwrap();
        let mut settings = Settings::parse_from([
            "events-service",
            "--kafka-brokers",
            brokers.unwrap_or(stores.kafka_brokers().unwrap()),
            "--kafka-topic-prefix",
            &prefix,
            "--clickhouse-url",
            &clickhouse.url,
            "--clickhouse-database",
            &prefix.replace('-', "_"),
            "--auth-service-url",
            auth.url(),
            "--service-token-public-key",
            "given below",
            "--publish-timeout",
            "3s",
        ]);
        settings.runtime = social_runtime::Settings::ephemeral();
        settings.auth = tokens.settings(auth.url());
        events_service::migrate(&settings.clickhouse).await.unwrap();
        // Once more: what was applied stays as it is.
        events_service::migrate(&settings.clickhouse).await.unwrap();

        let (events, http, handle, service) = run(&settings).await;
        Self {
            events,
            tokens,
            http,
            settings,
            clickhouse,
            clickhouse_url,
            handle,
            service,
            _auth: auth,
            _topics: topics,
        }
    }

    /// Stops in order and starts again.
    pub async fn restart(&mut self) {
        self.handle.shutdown();
        tokio::time::timeout(SOON, &mut self.service).await.expect("the service stops").unwrap().unwrap();
        (self.events, self.http, self.handle, self.service) = run(&self.settings).await;
    }

    /// Stops in order; fails when that does not work.
    pub async fn stop(self) {
        self.handle.shutdown();
        tokio::time::timeout(SOON, self.service).await.expect("the service stops").unwrap().unwrap();
        let database = &self.settings.clickhouse.clickhouse_database;
        let drop = format!("DROP DATABASE {database}");
        reqwest::Client::new().post(&self.clickhouse_url).body(drop).send().await.unwrap();
    }

    /// What ClickHouse itself answers, as text.
    pub async fn sql(&self, sql: &str) -> String {
        let database = &self.settings.clickhouse.clickhouse_database;
        let url = format!("{}/?database={database}", self.clickhouse_url);
        let answer = reqwest::Client::new().post(url).body(sql.to_owned()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{sql}: {text}");
        text.trim().to_owned()
    }

    pub fn as_operator<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.tokens.operator())
    }

    /// Tells events, as a user or as nobody, each slice in a message.
    pub async fn ingest(
        &self,
        user_id: Option<Uuid>,
        messages: &[Vec<ClientEvent>],
    ) -> Result<IngestEventsResponse, Status> {
        let token = user_id.map(|user_id| self.tokens.user(user_id));
        self.ingest_with(token.as_deref(), messages).await
    }

    pub async fn ingest_with(
        &self,
        token: Option<&str>,
        messages: &[Vec<ClientEvent>],
    ) -> Result<IngestEventsResponse, Status> {
        let messages: Vec<_> = messages.iter().map(|events| IngestEventsRequest { events: events.clone() }).collect();
        let stream = tokio_stream::iter(messages);
        let request = match token {
            Some(token) => with_token(stream, token),
            None => Request::new(stream),
        };
        Ok(self.events.clone().ingest_events(request).await?.into_inner())
    }

    pub async fn put_schema(&self, schema: EventSchema) -> Result<EventSchema, Status> {
        let request = self.as_operator(PutEventSchemaRequest { schema: Some(schema) });
        Ok(self.events.clone().put_event_schema(request).await?.into_inner().schema.unwrap())
    }

    /// The numbers of a metric.
    pub async fn metric(&self, metric: ProductMetric, window: TimeWindow) -> Result<Vec<f64>, Status> {
        let request = QueryProductMetricRequest { metric: metric.into(), window: Some(window) };
        let answer = self.events.clone().query_product_metric(self.as_operator(request)).await?.into_inner();
        Ok(answer.points.into_iter().map(|point| point.value).collect())
    }

    pub async fn publish<E: Event>(&self, events: &[E]) {
        Publisher::new(&self.settings.kafka).unwrap().publish_all(E::TOPIC, events).await.unwrap();
    }

    /// All events of a topic so far.
    pub async fn log<E: Event + 'static>(&self) -> Vec<E> {
        let seen = Collect(Mutex::new(Vec::new()));
        replay::read_all(&self.settings.kafka, &[E::TOPIC], &seen, &CancellationToken::new()).await.unwrap();
        seen.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(settings: &Settings) -> (EventsServiceClient<Channel>, String, Handle, JoinHandle<anyhow::Result<()>>) {
    let runtime = Runtime::bind("events-service", &settings.runtime).await.unwrap();
    let (bound, handle) = (runtime.bound(), runtime.handle());
    let service = tokio::spawn(events_service::serve(settings.clone(), runtime));
    tokio::time::timeout(SOON, handle.ready()).await.expect("the service is ready");
    let channel = Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect().await.unwrap();
    (EventsServiceClient::new(channel), format!("http://{}", bound.http), handle, service)
}

struct Collect<E>(Mutex<Vec<E>>);

impl<E: Event + 'static> Handler for Collect<E> {
    async fn apply(&self, event: Received) -> Result<(), ConsumeError> {
        let event = event.decode()?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        Ok(())
    }
}

pub fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// The code of a refusal.
pub fn code<T>(result: Result<T, Status>) -> Code {
    result.err().map_or(Code::Ok, |status| status.code())
}

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64
}

pub fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

/// A window of this many steps.
pub fn window(begin: i64, step: i64, steps: i64) -> TimeWindow {
    TimeWindow {
        begin_time: at(begin),
        end_time: at(begin + step * steps),
        step: Some(prost_types::Duration { seconds: step, nanos: 0 }),
    }
}

pub fn client_event(name: &str, seconds: i64, properties: &[(&str, &str)]) -> ClientEvent {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    ClientEvent {
        event_id: Uuid::now_v7().to_string(),
        name: name.to_owned(),
        schema_version: 1,
        occur_time: at(seconds),
        properties: properties.iter().map(text).collect::<HashMap<_, _>>(),
    }
}

pub fn watched(seconds_ago: i64, seconds: &str) -> ClientEvent {
    client_event("stream_watched", now() - seconds_ago, &[("stream_id", "s"), ("seconds", seconds)])
}

pub fn schema(name: &str, version: i32, properties: &[(&str, PropertyType, bool)]) -> EventSchema {
    let property = |(name, kind, required): &(&str, PropertyType, bool)| EventProperty {
        name: (*name).to_owned(),
        r#type: (*kind).into(),
        required: *required,
    };
    EventSchema { name: name.to_owned(), version, properties: properties.iter().map(property).collect() }
}

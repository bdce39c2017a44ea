//! The gRPC edge: a message to its use case and the answer back. Decides nothing but who may call what.

use std::time::Duration;

use prost_types::Timestamp;
use social_auth::OPERATOR;
use social_proto::events::v1::events_service_server::EventsService;
use social_proto::events::v1::*;
use social_runtime::{Error, timestamp};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::app::{App, Ingested, Sender, WindowInput};
use crate::domain;
use crate::domain::window::{self, Window};

/// A stream that is silent for so long is given up: whoever holds one open holds one of the places of the process.
const SILENCE: Duration = Duration::from_secs(30);

/// Implementation of the contract.
pub struct Events {
    app: App,
    stopping: CancellationToken,
}

impl Events {
    /// The contract on the use cases; streams end when the token is cancelled.
    pub fn new(app: App, stopping: CancellationToken) -> Self {
        Self { app, stopping }
    }

    /// The next message, if it comes in time.
    async fn next(&self, stream: &mut Streaming<IngestEventsRequest>) -> Result<Option<IngestEventsRequest>, Status> {
        tokio::select! {
            () = self.stopping.cancelled() => {
                let error = Error::unavailable("this replica is stopping: tell the events again");
                Err(error.retry_after(Duration::from_millis(100)).into())
            }
            message = tokio::time::timeout(SILENCE, stream.message()) => match message {
                Ok(message) => message,
                Err(_) => Err(Error::deadline("nothing came for too long").into()),
            },
        }
    }
}

#[tonic::async_trait]
impl EventsService for Events {
    /// One message is in the log before the next one is read: a client that is too fast is slowed down by its connection.
    async fn ingest_events(
        &self,
        request: Request<Streaming<IngestEventsRequest>>,
    ) -> Result<Response<IngestEventsResponse>, Status> {
        let sender = Sender::from(social_auth::caller(&request).ok());
        let mut stream = request.into_inner();
        let mut ingested = Ingested::default();
        while let Some(message) = self.next(&mut stream).await? {
            let events = message.events.into_iter().map(Into::into).collect();
            ingested.add(self.app.ingest(&sender, events).await?);
        }
        Ok(Response::new(ingested.into()))
    }

    async fn put_event_schema(
        &self,
        request: Request<PutEventSchemaRequest>,
    ) -> Result<Response<PutEventSchemaResponse>, Status> {
        operator(&request)?;
        let schema = request.into_inner().schema.ok_or_else(|| Error::invalid("schema", "is required"))?;
        let properties = schema.properties.into_iter().map(|one| (one.name, one.r#type, one.required)).collect();
        let schema = domain::schema::Schema::new(schema.name, schema.version, properties)?;
        let schema = self.app.put_schema(schema).await?;
        Ok(Response::new(PutEventSchemaResponse { schema: Some(schema.into()) }))
    }

    async fn get_event_schema(
        &self,
        request: Request<GetEventSchemaRequest>,
    ) -> Result<Response<GetEventSchemaResponse>, Status> {
        social_auth::caller(&request)?;
        let request = request.into_inner();
        let schema = self.app.get_schema(&request.name, request.version).await?;
        Ok(Response::new(GetEventSchemaResponse { schema: Some(schema.into()) }))
    }

    async fn list_event_schemas(
        &self,
        request: Request<ListEventSchemasRequest>,
    ) -> Result<Response<ListEventSchemasResponse>, Status> {
        social_auth::caller(&request)?;
        let request = request.into_inner();
        let listed = self.app.list_schemas(request.page_size, &request.page_token).await?;
        Ok(Response::new(ListEventSchemasResponse {
            schemas: listed.entries.into_iter().map(Into::into).collect(),
            next_page_token: listed.next_page_token,
        }))
    }

    async fn query_red_metrics(
        &self,
        request: Request<QueryRedMetricsRequest>,
    ) -> Result<Response<QueryRedMetricsResponse>, Status> {
        operator(&request)?;
        let request = request.into_inner();
        let window = input(request.window.as_ref());
        let (window, listed) =
            self.app.red_metrics(window, &request.service, request.page_size, &request.page_token).await?;
        Ok(Response::new(QueryRedMetricsResponse {
            points: listed.entries.into_iter().map(|point| red_point(&window, point)).collect(),
            next_page_token: listed.next_page_token,
        }))
    }

    async fn query_product_metric(
        &self,
        request: Request<QueryProductMetricRequest>,
    ) -> Result<Response<QueryProductMetricResponse>, Status> {
        operator(&request)?;
        let request = request.into_inner();
        let window = input(request.window.as_ref());
        let (window, values) = self.app.product_metric(request.metric, window).await?;
        let point = |(step, value)| MetricPoint { begin_time: Some(begin_of(&window, step)), value };
        Ok(Response::new(QueryProductMetricResponse { points: (0..).zip(values).map(point).collect() }))
    }
}

fn operator<T>(request: &Request<T>) -> Result<(), Error> {
    social_auth::caller(request)?.require_scope(OPERATOR)
}

fn input(window: Option<&TimeWindow>) -> WindowInput {
    let Some(window) = window else { return WindowInput::default() };
    WindowInput {
        begin: window.begin_time.as_ref().and_then(timestamp::from_proto),
        end: window.end_time.as_ref().and_then(timestamp::from_proto),
        step: window.step.as_ref().map(|step| time::Duration::new(step.seconds, step.nanos)),
    }
}

fn begin_of(window: &Window, step: i64) -> Timestamp {
    timestamp::to_proto(window::time_of(window.begin_of(step)))
}

fn red_point(window: &Window, point: domain::metric::RedPoint) -> RedPoint {
    let duration = |duration: Duration| prost_types::Duration::try_from(duration).ok();
    RedPoint {
        begin_time: Some(begin_of(window, point.step)),
        service: point.service,
        request_rate: point.rate,
        error_ratio: point.error_ratio,
        p50: duration(point.p50),
        p95: duration(point.p95),
        p99: duration(point.p99),
    }
}

impl From<ClientEvent> for domain::event::ClientEvent {
    fn from(event: ClientEvent) -> Self {
        Self {
            event_id: event.event_id,
            name: event.name,
            schema_version: event.schema_version,
            occur_time: event.occur_time.as_ref().and_then(timestamp::from_proto),
            properties: event.properties,
        }
    }
}

impl From<Ingested> for IngestEventsResponse {
    fn from(ingested: Ingested) -> Self {
        let rejections = ingested.rejections.into_iter();
        Self {
            accepted_count: ingested.accepted,
            rejections: rejections.map(|one| EventRejection { event_id: one.event_id, reason: one.reason }).collect(),
            rejected_count: ingested.rejected,
        }
    }
}

impl From<domain::schema::Schema> for EventSchema {
    fn from(schema: domain::schema::Schema) -> Self {
        let property = |property: domain::schema::Property| EventProperty {
            name: property.name,
            r#type: i32::from(property.kind.number()),
            required: property.required,
        };
        Self {
            name: schema.name,
            version: schema.version,
            properties: schema.properties.into_iter().map(property).collect(),
        }
    }
}

//! What clients tell about themselves, and what an operator sees of it and of the day.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use social_proto::events::v1::{
    ClientEvent, EventProperty, EventSchema, IngestEventsRequest, ProductMetric, PropertyType, PutEventSchemaRequest,
    QueryProductMetricRequest, QueryRedMetricsRequest, TimeWindow,
};
use tonic::Code;
use uuid::Uuid;

use super::{Cast, Stage};
use crate::client::Api;
use crate::eventually::eventually;

/// Events are stored in batches.
const STORED: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Grace's app reports what she viewed; an operator asks for the numbers.
pub(super) async fn look(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let step = stage.progress.begin("report", "Grace's app reports what she viewed");
    let operator = stage.channels.operator(stage.services)?;
    let request = PutEventSchemaRequest { schema: Some(schema()) };
    let by_user = cast.grace.api.events().put_event_schema(request).await;
    ensure!(by_user.is_err_and(|status| status.code() == Code::PermissionDenied), "schemas are for operators");
    put_schema(&operator).await?;
    report(cast).await?;
    step.done("one event taken, one without what its schema wants refused");

    let step = stage.progress.begin("numbers", "an operator looks at them");
    let expected = [
        (ProductMetric::Registrations, 3.0),
        (ProductMetric::Posts, 2.0),
        (ProductMetric::Reactions, 1.0),
        (ProductMetric::Messages, 2.0),
        (ProductMetric::ActiveUsers, 2.0),
    ];
    let mut seen = Vec::new();
    for (metric, least) in expected {
        let value = eventually(metric.as_str_name(), STORED, async || {
            let value = total(&operator, metric).await?;
            ensure!(value >= least, "{value}, not {least} or more");
            Ok(value)
        })
        .await?;
        seen.push(format!("{} {value}", metric.as_str_name().trim_start_matches("PRODUCT_METRIC_").to_lowercase()));
    }
    let request = QueryRedMetricsRequest { window: Some(window()?), ..Default::default() };
    let points = operator.events().query_red_metrics(request).await?.into_inner().points;
    step.done(&format!("{}; rates of {} services", seen.join(", "), points.len()));
    Ok(())
}

/// The schema of the one event that clients here report.
pub(crate) async fn put_schema(operator: &Api) -> Result<(), tonic::Status> {
    operator.events().put_event_schema(PutEventSchemaRequest { schema: Some(schema()) }).await?;
    Ok(())
}

fn schema() -> EventSchema {
    let post_id = EventProperty { name: "post_id".to_owned(), r#type: PropertyType::Text.into(), required: true };
    EventSchema { name: "post_viewed".to_owned(), version: 1, properties: vec![post_id] }
}

async fn report(cast: &Cast) -> Result<()> {
    let event = |properties: HashMap<String, String>| ClientEvent {
        event_id: Uuid::new_v4().to_string(),
        name: "post_viewed".to_owned(),
        schema_version: 1,
        occur_time: Some(SystemTime::now().into()),
        properties,
    };
    let good = event(HashMap::from([("post_id".to_owned(), Uuid::new_v4().to_string())]));
    let batch = IngestEventsRequest { events: vec![good, event(HashMap::new())] };
    // A schema is known to each replica after a moment.
    eventually("events are taken", STORED, async || {
        let mut request = tonic::Request::new(tokio_stream::iter([batch.clone()]));
        request.set_timeout(Duration::from_secs(20));
        let answer = cast.grace.api.events().ingest_events(request).await?.into_inner();
        ensure!((answer.accepted_count, answer.rejected_count) == (1, 1), "{answer:?}");
        Ok(())
    })
    .await
}

async fn total(operator: &Api, metric: ProductMetric) -> Result<f64> {
    let request = QueryProductMetricRequest { metric: metric.into(), window: Some(window()?) };
    let points = operator.events().query_product_metric(request).await?.into_inner().points;
    Ok(points.iter().map(|point| point.value).sum())
}

/// The last day and a bit more, in one step.
fn window() -> Result<TimeWindow> {
    let end = SystemTime::now() + Duration::from_secs(60);
    let begin = end.checked_sub(DAY).context("the clock is wrong")?;
    let step = Some(prost_types::Duration { seconds: DAY.as_secs().cast_signed(), nanos: 0 });
    Ok(TimeWindow { begin_time: Some(begin.into()), end_time: Some(end.into()), step })
}

//! Spans of what leaves the process and is over soon: a statement, a command, a request, a record of the log. They are spans of
//! OpenTelemetry and nothing else: no log line lies within one, and where nobody keeps the trace they cost next to nothing.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Where these spans go from now on; the first one of a process stays.
pub(crate) fn install(tracer: SdkTracer) {
    // A second one comes in tests only, which look at the spans of the first.
    let _ = TRACER.set(tracer);
}

/// One thing that left the process. It ends when it is dropped.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Outgoing(Option<Span>);

/// A request to a store or to a service that answers. Its parent is the current span, if there is one.
pub fn client(name: impl Into<Cow<'static, str>>, attributes: impl FnOnce() -> Vec<KeyValue>) -> Outgoing {
    Context::map_current(|parent| begin(SpanKind::Client, parent, name, attributes, None))
}

/// A message for others. Its parent is `context`.
pub fn producer(
    context: &Context,
    name: impl Into<Cow<'static, str>>,
    attributes: impl FnOnce() -> Vec<KeyValue>,
) -> Outgoing {
    begin(SpanKind::Producer, context, name, attributes, None)
}

/// A message of others that carries no context: a trace of its own.
pub fn consumer(name: impl Into<Cow<'static, str>>, attributes: impl FnOnce() -> Vec<KeyValue>) -> Outgoing {
    begin(SpanKind::Consumer, &Context::new(), name, attributes, None)
}

/// A request that took so long and has just been answered.
pub(crate) fn finished(name: String, elapsed: Duration, attributes: impl FnOnce() -> Vec<KeyValue>) {
    let started = SystemTime::now().checked_sub(elapsed);
    drop(Context::map_current(|parent| begin(SpanKind::Client, parent, name, attributes, started)));
}

/// Whether a span that began now would be kept, as far as its parent decides that: what it would say need not be found out else.
pub fn kept() -> bool {
    TRACER.get().is_some() && Context::map_current(kept_within)
}

fn kept_within(parent: &Context) -> bool {
    let span = parent.span();
    !span.span_context().is_valid() || span.span_context().is_sampled()
}

fn begin(
    kind: SpanKind,
    parent: &Context,
    name: impl Into<Cow<'static, str>>,
    attributes: impl FnOnce() -> Vec<KeyValue>,
    started: Option<SystemTime>,
) -> Outgoing {
    let Some(tracer) = TRACER.get().filter(|_| kept_within(parent)) else { return Outgoing(None) };
    let mut builder = SpanBuilder::from_name(name).with_kind(kind).with_attributes(attributes());
    builder.start_time = started;
    Outgoing(Some(tracer.build_with_context(builder, parent)))
}

impl Outgoing {
    /// It was of no use. Why is said where the error is handled, and may hold what must not stand in a trace.
    pub fn fail(&mut self) {
        if let Some(span) = &mut self.0 {
            span.set_status(Status::error(""));
        }
    }

    /// Something that is known at the end only.
    pub fn set(&mut self, attribute: KeyValue) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(attribute);
        }
    }

    /// Lasts as long as `work` does, and fails as it does.
    pub async fn of<T, E>(mut self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.during(work).await
    }

    /// Fails as `work` does, and goes on after it.
    pub async fn during<T, E>(&mut self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let outcome = work.await;
        if outcome.is_err() {
            self.fail();
        }
        outcome
    }
}

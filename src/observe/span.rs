//! A span of OTLP reduced to what it says of the architecture.

use std::sync::Arc;

use opentelemetry_proto::tonic::trace::v1::{self as otlp, status::StatusCode};

use super::conventions::{self, Attributes};
use crate::facts::running::{Call, LeftOut, Served};

/// What names a trace.
pub type TraceId = [u8; 16];
/// What names a span within its trace.
pub type SpanId = [u8; 8];

/// A span, reduced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its trace.
    pub trace: TraceId,
    /// Its own id.
    pub id: SpanId,
    /// The span that it is a part of, maybe one of another service.
    pub parent: Option<SpanId>,
    /// The service that sent it.
    pub service: Arc<str>,
    /// What it says.
    pub role: Role,
    /// Whether it ended in an error.
    pub failed: bool,
}

/// What a span says of the architecture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Work inside of a service.
    Inside,
    /// Answers another; what was asked, where that is told.
    Server(Option<Box<Served>>),
    /// Asks another; what, where that is told.
    Client(Option<Box<Call>>),
    /// Uses a datastore or a topic: nobody answers with a span.
    Uses(Box<Call>),
}

/// Reduces the spans that one resource sent.
pub(super) fn reduce(resource: otlp::ResourceSpans, left_out: &mut LeftOut) -> Vec<Span> {
    let attributes = resource.resource.as_ref().map_or(&[][..], |of| &of.attributes);
    let service: Option<Arc<str>> = Attributes::new(attributes, left_out).text("service.name").map(Arc::from);
    let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
    let mut reduced = Vec::new();
    for span in spans {
        match service.clone().and_then(|service| one(service, &span, left_out)) {
            Some(span) => reduced.push(span),
            None => left_out.nameless_spans += 1,
        }
    }
    reduced
}

fn one(service: Arc<str>, span: &otlp::Span, left_out: &mut LeftOut) -> Option<Span> {
    let attributes = Attributes::new(&span.attributes, left_out);
    Some(Span {
        trace: id(&span.trace_id)?,
        id: id(&span.span_id)?,
        parent: id(&span.parent_span_id),
        service,
        role: conventions::role(span.kind(), &span.name, &attributes),
        failed: span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error),
    })
}

/// An id; all zeros is none.
fn id<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    <[u8; N]>::try_from(bytes).ok().filter(|id| *id != [0; N])
}

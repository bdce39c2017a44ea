//! What travels with a call or an event from process to process: the trace (W3C `traceparent`) and the correlation id. Both live
//! in the OpenTelemetry context of the current span, so whatever runs within the span finds them.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use http::{HeaderMap, HeaderName, HeaderValue};
pub use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::metadata::MetadataMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

/// Header, metadata key and event header of the correlation id.
pub const CORRELATION_ID: &str = "x-correlation-id";

static TRACE: LazyLock<TraceContextPropagator> = LazyLock::new(TraceContextPropagator::new);

/// Names one thing that a user wanted, across all calls and events that it causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationId(Arc<str>);

impl CorrelationId {
    /// A new one.
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string().into())
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for CorrelationId {
    type Err = InvalidCorrelationId;

    /// It comes from outside and goes into logs: 1 to 128 letters, digits, `-`, `_` and `.`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=128).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidCorrelationId)
        }
    }
}

/// Not something that this platform would have sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCorrelationId;

/// The correlation id of the current span, if there is one.
pub fn correlation_id() -> Option<CorrelationId> {
    Context::map_current(|context| context.get::<CorrelationId>().cloned())
}

/// Looks at the current context, to begin something within it.
pub fn with_current<T>(look: impl FnOnce(&Context) -> T) -> T {
    Context::map_current(look)
}

/// Makes `span` continue what `context` tells. Must come before the span is entered.
pub fn adopt(span: &Span, context: Context) {
    // Fails for spans that nobody records, which have nothing to continue.
    let _ = span.set_parent(context);
}

/// Writes the current context to the headers of an HTTP request.
pub fn inject_http(headers: &mut HeaderMap) {
    inject(&mut Headers(headers));
}

/// Writes the current context to the metadata of a gRPC request.
pub fn inject_grpc(metadata: &mut MetadataMap) {
    inject_http(metadata.as_mut());
}

/// The current context as names and values, for the headers of an event.
pub fn inject_pairs() -> Vec<(String, String)> {
    let mut pairs = Pairs(Vec::new());
    inject(&mut pairs);
    pairs.0
}

/// Reads what came with an HTTP request. Without a valid correlation id in it, a new one is made.
pub fn extract_http(headers: &HeaderMap) -> Context {
    extract(|name| headers.get(name).and_then(|value| value.to_str().ok()))
}

/// Reads what came with a gRPC request. Without a valid correlation id in it, a new one is made.
pub fn extract_grpc(metadata: &MetadataMap) -> Context {
    extract_http(metadata.as_ref())
}

/// Reads what came with an event. Without a valid correlation id in it, a new one is made.
pub fn extract_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a [u8])> + Clone) -> Context {
    extract(|name| {
        pairs.clone().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| str::from_utf8(value).ok())
    })
}

/// The correlation id of an extracted context, which always has one.
pub(crate) fn correlation_id_of(context: &Context) -> CorrelationId {
    context.get::<CorrelationId>().cloned().unwrap_or_else(CorrelationId::random)
}

fn inject(carrier: &mut dyn Injector) {
    Context::map_current(|context| {
        TRACE.inject_context(context, carrier);
        if let Some(id) = context.get::<CorrelationId>() {
            carrier.set(CORRELATION_ID, id.to_string());
        }
    });
}

/// `get` knows names in lower case.
pub(crate) fn extract<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Context {
    let id = get(CORRELATION_ID).and_then(|text| text.parse().ok()).unwrap_or_else(CorrelationId::random);
    let sent = TraceHeaders { parent: get("traceparent"), state: get("tracestate") };
    // Not on top of the current context: a request never continues what its server happens to do.
    TRACE.extract_with_context(&Context::new(), &sent).with_value(id)
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        // An empty `tracestate` says nothing.
        if !value.is_empty()
            && let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value))
        {
            self.0.insert(name, value);
        }
    }
}

struct Pairs(Vec<(String, String)>);

impl Injector for Pairs {
    fn set(&mut self, key: &str, value: String) {
        if !value.is_empty() {
            self.0.push((key.to_owned(), value));
        }
    }
}

struct TraceHeaders<'a> {
    parent: Option<&'a str>,
    state: Option<&'a str>,
}

impl Extractor for TraceHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.parent,
            "tracestate" => self.state,
            _ => None,
        }
    }

    /// W3C trace context asks by name only.
    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceContextExt;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn headers_come_out_as_they_went_in() {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_static(PARENT));
        headers.insert(CORRELATION_ID, HeaderValue::from_static("order-7"));

        let _current = extract_http(&headers).attach();
        let mut written = HeaderMap::new();
        inject_http(&mut written);

        assert_eq!(written["traceparent"], PARENT);
        assert_eq!(written[CORRELATION_ID], "order-7");
        assert_eq!(correlation_id().unwrap().as_str(), "order-7");
    }

    #[test]
    fn pairs_come_out_as_they_went_in() {
        let sent = [("Traceparent", PARENT.as_bytes()), (CORRELATION_ID, b"order-7".as_slice())];
        let _current = extract_pairs(sent.into_iter()).attach();

        let mut pairs = inject_pairs();
        pairs.sort();
        assert_eq!(
            pairs,
            [("traceparent".to_owned(), PARENT.to_owned()), (CORRELATION_ID.to_owned(), "order-7".to_owned())]
        );
    }

    #[test]
    fn what_nobody_would_have_sent_is_replaced() {
        for invalid in ["", "a b", "a\"b", "ü", &"x".repeat(129)] {
            assert_eq!(invalid.parse::<CorrelationId>(), Err(InvalidCorrelationId), "{invalid}");
        }
        let mut metadata = MetadataMap::new();
        metadata.insert(CORRELATION_ID, "not an id".parse().unwrap());
        metadata.insert("traceparent", "nonsense".parse().unwrap());

        let context = extract_grpc(&metadata);
        assert!(!context.span().span_context().is_valid());
        assert_eq!(context.get::<CorrelationId>().unwrap().as_str().len(), 32);
    }
}

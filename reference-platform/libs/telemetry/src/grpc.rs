//! gRPC servers: a span, the correlation id and RED metrics for each RPC.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::Code;
use tower::{Layer, Service};
use tracing::instrument::{Instrument, Instrumented};
use tracing::{Span, field};

use crate::context::{self, CORRELATION_ID};

/// Puts [`Server`] around a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerLayer;

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Server { inner }
    }
}

/// Observes each RPC until its last byte: that is where a stream tells how it ended.
#[derive(Clone, Debug)]
pub struct Server<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<ObservedBody<R>>;
    type Error = S::Error;
    type Future = ObservedResponse<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let parent = context::extract_http(request.headers());
        let correlation_id = context::correlation_id_of(&parent);
        let path = request.uri().path().trim_start_matches('/');
        let (service, method) = path.split_once('/').unwrap_or((path, ""));
        // Probes come every few seconds and say nothing in a trace.
        let span = if service == "grpc.health.v1.Health" {
            Span::none()
        } else {
            tracing::info_span!(
                "grpc.server",
                otel.name = path,
                otel.kind = "server",
                otel.status_code = field::Empty,
                rpc.system.name = "grpc",
                rpc.method = path,
                rpc.response.status_code = field::Empty,
                %correlation_id,
            )
        };
        context::adopt(&span, parent);
        let call = Call {
            service: service.to_owned(),
            method: method.to_owned(),
            start: Instant::now(),
            code: Code::Cancelled,
            span: span.clone(),
        };
        ObservedResponse {
            future: span.in_scope(|| self.inner.call(request)).instrument(span),
            call: Some(call),
            correlation_id: HeaderValue::from_str(correlation_id.as_str()).ok(),
        }
    }
}

/// One RPC. Tells what came of it when it is dropped, which is also how a client that goes away looks.
#[derive(Debug)]
struct Call {
    service: String,
    method: String,
    start: Instant,
    code: Code,
    span: Span,
}

impl Drop for Call {
    fn drop(&mut self) {
        // Whoever asks for methods that are not there must not make labels.
        let (service, method) = match self.code {
            Code::Unimplemented => ("unknown".to_owned(), "unknown".to_owned()),
            _ => (std::mem::take(&mut self.service), std::mem::take(&mut self.method)),
        };
        let code = code_name(self.code);
        let elapsed = self.start.elapsed().as_secs_f64();
        metrics::counter!(
            "grpc_server_requests_total",
            "service" => service.clone(), "method" => method.clone(), "code" => code
        )
        .increment(1);
        metrics::histogram!("grpc_server_request_duration_seconds", "service" => service, "method" => method)
            .record(elapsed);
        self.span.record("rpc.response.status_code", code);
        if is_fault(self.code) {
            self.span.record("otel.status_code", "ERROR");
            self.span.in_scope(|| tracing::warn!(code, elapsed, "RPC failed"));
        } else {
            self.span.in_scope(|| tracing::debug!(code, elapsed, "RPC"));
        }
    }
}

pin_project! {
    /// The response of an RPC under observation.
    #[derive(Debug)]
    pub struct ObservedResponse<F> {
        #[pin]
        future: Instrumented<F>,
        call: Option<Call>,
        correlation_id: Option<HeaderValue>,
    }
}

impl<F, R, E> Future for ObservedResponse<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ObservedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.future.poll(context));
        let mut call = this.call.take();
        let mut response = match result {
            Ok(response) => response,
            Err(error) => {
                finish(&mut call, Code::Unknown);
                return Poll::Ready(Err(error));
            }
        };
        if let Some(id) = this.correlation_id.take() {
            response.headers_mut().insert(CORRELATION_ID, id);
        }
        // An answer without messages has its status in the headers ("trailers only").
        if let Some(code) = code_of(response.headers()) {
            finish(&mut call, code);
        }
        Poll::Ready(Ok(response.map(|body| ObservedBody { body, call })))
    }
}

pin_project! {
    /// The messages and the trailers of an RPC under observation.
    #[derive(Debug)]
    pub struct ObservedBody<B> {
        #[pin]
        body: B,
        call: Option<Call>,
    }
}

impl<B: Body> Body for ObservedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        // The messages of a stream are made here, within the span of the RPC.
        let entered = this.call.as_ref().map(|call| call.span.clone().entered());
        let frame = ready!(this.body.poll_frame(context));
        drop(entered);
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    finish(this.call, code_of(trailers).unwrap_or(Code::Unknown));
                }
            }
            Some(Err(_)) | None => finish(this.call, Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn finish(call: &mut Option<Call>, code: Code) {
    if let Some(mut call) = call.take() {
        call.code = code;
    }
}

fn code_of(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}

/// Codes that are the fault of the server, not of the caller.
pub fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// The name of a code as gRPC writes it, for labels and for problem documents.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use bytes::Bytes;
    use futures::future::poll_fn;
    use tower::{ServiceExt, service_fn};

    use super::*;

    struct Frames(VecDeque<Frame<Bytes>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(Ok))
        }
    }

    fn trailers(code: &'static str) -> Frame<Bytes> {
        Frame::trailers(HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-status"),
            HeaderValue::from_static(code),
        )]))
    }

    /// Serves one RPC, reads `read` frames of the answer and goes away.
    async fn serve(path: &'static str, response: Response<Frames>, read: usize) -> HeaderMap {
        crate::install();
        let mut response = Some(response);
        let service = ServerLayer.layer(service_fn(move |_: Request<()>| {
            let response = response.take().unwrap();
            async move { Ok::<_, Infallible>(response) }
        }));
        let request = Request::builder().uri(path).header(CORRELATION_ID, "order-7").body(()).unwrap();
        let (head, body) = service.oneshot(request).await.unwrap().into_parts();
        let mut body = Box::pin(body);
        for _ in 0..read {
            poll_fn(|context| body.as_mut().poll_frame(context)).await;
        }
        head.headers
    }

    fn counted(service: &str, method: &str, code: &str) -> bool {
        crate::render().contains(&format!(
            "grpc_server_requests_total{{service=\"{service}\",method=\"{method}\",code=\"{code}\"}} 1"
        ))
    }

    #[tokio::test]
    async fn code_is_read_from_trailers_of_a_stream() {
        let frames = [Frame::data(Bytes::from_static(b"1")), Frame::data(Bytes::from_static(b"2")), trailers("5")];
        let headers = serve("/t.Trailers/Watch", Response::new(Frames(frames.into())), 3).await;
        assert_eq!(headers[CORRELATION_ID], "order-7");
        assert!(counted("t.Trailers", "Watch", "NOT_FOUND"));
        let text = crate::render();
        assert!(text.contains("grpc_server_request_duration_seconds_count{service=\"t.Trailers\",method=\"Watch\"} 1"));
    }

    #[tokio::test]
    async fn code_is_read_from_headers_without_messages() {
        let response = Response::builder().header("grpc-status", "3").body(Frames(VecDeque::new())).unwrap();
        serve("/t.Headers/Get", response, 1).await;
        assert!(counted("t.Headers", "Get", "INVALID_ARGUMENT"));
    }

    #[tokio::test]
    async fn a_client_that_leaves_is_counted_as_cancelled() {
        let frames = [Frame::data(Bytes::from_static(b"1")), trailers("0")];
        serve("/t.Leaves/Watch", Response::new(Frames(frames.into())), 1).await;
        assert!(counted("t.Leaves", "Watch", "CANCELLED"));
    }

    #[tokio::test]
    async fn an_answer_without_a_status_is_unknown() {
        serve("/t.Broken/Get", Response::new(Frames(VecDeque::new())), 1).await;
        assert!(counted("t.Broken", "Get", "UNKNOWN"));
    }

    #[tokio::test]
    async fn methods_that_are_not_there_make_no_labels() {
        let response = Response::builder().header("grpc-status", "12").body(Frames(VecDeque::new())).unwrap();
        serve("/t.Guess/4711", response, 1).await;
        assert!(counted("unknown", "unknown", "UNIMPLEMENTED"));
        assert!(!crate::render().contains("4711"));
    }
}

//! The OTLP receiver: traces over gRPC (also compressed) and, on the same port, over HTTP with Protocol Buffers.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::net::TcpListener;
use tokio::time::{interval, timeout};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::transport::Server;
use tower::limit::GlobalConcurrencyLimitLayer;

use super::traces::Traces;
use crate::facts::running::Running;

/// Bytes of a request, decompressed; exporters send some hundred spans at once, which are less than one million.
const LARGEST: usize = 16 << 20;
/// Requests that are read at the same time: together with their size this bounds what they can hold.
const AT_ONCE: usize = 16;
/// Time for one request.
const SLOWEST: Duration = Duration::from_secs(10);
/// Time for requests that are under way when the end comes.
const LAST: Duration = Duration::from_secs(2);
/// How often it is said how much has come.
const TOLD: Duration = Duration::from_millis(500);

/// How much has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Spans.
    pub spans: u64,
}

/// Receives traces until `stop`; says now and then how much has come.
///
/// # Errors
/// When the socket fails.
pub async fn receive(
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    mut told: impl FnMut(Counts),
) -> Result<Running, tonic::transport::Error> {
    let receiver = Receiver::default();
    let grpc = TraceServiceServer::new(receiver.clone())
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(LARGEST);
    let http = Router::new()
        .route("/v1/traces", post(export))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(receiver.clone());
    let routes = Routes::from(Routes::new(grpc).into_axum_router().merge(http));
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let mut serving = pin!(
        Server::builder()
            .accept_http1(true)
            .timeout(SLOWEST)
            .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE))
            .add_routes(routes)
            .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async {
                // Whoever drops the other end wants the same.
                let _ = ended.await;
            })
    );
    let mut stop = pin!(stop);
    let mut ticks = interval(TOLD);
    loop {
        tokio::select! {
            () = &mut stop => break,
            served = &mut serving => {
                served?;
                break;
            }
            _ = ticks.tick() => told(receiver.counts()),
        }
    }
    drop(end);
    if let Ok(served) = timeout(LAST, serving).await {
        served?;
    }
    let traces = std::mem::take(&mut *receiver.traces());
    Ok(traces.into_facts())
}

#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Traces>>);

impl Receiver {
    /// A request that failed in between has left nothing half done that would matter: each span is added by itself.
    fn traces(&self) -> MutexGuard<'_, Traces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> Counts {
        Counts { spans: self.traces().received() }
    }

    fn take(&self, request: ExportTraceServiceRequest) -> ExportTraceServiceResponse {
        let rejected = self.traces().add(request.resource_spans);
        let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(rejected).unwrap_or(i64::MAX),
            error_message: "spans need a trace id, a span id, and a resource with `service.name`".to_owned(),
        });
        ExportTraceServiceResponse { partial_success }
    }
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        Ok(tonic::Response::new(self.take(request.into_inner())))
    }
}

/// The same over HTTP: `POST /v1/traces`.
async fn export(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let is =
        |name: header::HeaderName, value: &str| headers.get(name).is_some_and(|of| of.as_bytes() == value.as_bytes());
    if !is(header::CONTENT_TYPE, "application/x-protobuf") || headers.contains_key(header::CONTENT_ENCODING) {
        let expected = "send traces as uncompressed `application/x-protobuf`, or over gRPC";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, expected).into_response();
    }
    match ExportTraceServiceRequest::decode(body) {
        Ok(request) => {
            let answer = receiver.take(request).encode_to_vec();
            ([(header::CONTENT_TYPE, "application/x-protobuf")], answer).into_response()
        }
        Err(_) => (StatusCode::BAD_REQUEST, "the body is no ExportTraceServiceRequest").into_response(),
    }
}

//! Spans reach a collector, also those that are left at the end. In a process of its own: telemetry is installed once.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use http::{Request, Response};
use http_body::Body as _;
use social_telemetry::{Settings, context, init};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// Passes on the bytes of what it is sent.
#[derive(Clone)]
struct Collector(mpsc::UnboundedSender<Vec<u8>>);

impl NamedService for Collector {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl tower::Service<Request<Body>> for Collector {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let received = self.0.clone();
        async move {
            let mut body = pin!(request.into_body());
            let mut bytes = Vec::new();
            while let Some(Ok(frame)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
                bytes.extend(frame.into_data().unwrap_or_default());
            }
            // The test fails when it receives nothing.
            let _ = received.send(bytes);
            Ok(tonic::Status::ok("").into_http())
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_spans_are_sent() {
    let (sender, mut received) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(Collector(sender));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));

    let settings = Settings { otlp_endpoint: Some(endpoint), log_filter: "warn".to_owned(), ..Settings::default() };
    let guard = init("user-service", &settings).unwrap();
    tracing::info_span!("order a cake").in_scope(|| {
        let sent = context::inject_pairs();
        assert!(sent.iter().any(|(name, _)| name == "traceparent"), "spans have ids whatever is logged: {sent:?}");
    });
    guard.shutdown().await;

    let bytes = tokio::time::timeout(Duration::from_secs(5), received.recv()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("user-service") && text.contains("order a cake"), "{text}");
    assert!(init("user-service", &Settings::default()).is_err(), "installed twice");
}

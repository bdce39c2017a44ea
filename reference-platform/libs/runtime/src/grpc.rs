//! The gRPC edge: limits of each RPC, and streams that end when the process stops.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::future::{self, FutureExt};
use futures::stream::{self, Stream, StreamExt};
use http::{HeaderMap, Request, Response};
use social_telemetry::deadline;
use social_telemetry::grpc::ServerLayer;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::ServerTlsConfig;
use tonic::transport::server::{Router, Server};
use tower::Service;
use tower::layer::Layer;
use tower::layer::util::{Identity, Stack};

use crate::error::Error;
use crate::settings::Settings;

/// A server of tonic with what all have; `add_service` takes the service itself.
pub type GrpcRouter = Router<Stack<LimitsLayer, Stack<ServerLayer, Identity>>>;

/// Streams of one connection. Proxies put all their RPCs on few connections.
const MAX_STREAMS: u32 = 1024;

/// A header list beyond this is an attack.
const MAX_HEADER_BYTES: u32 = 16 * 1024;

/// How long a silent connection lives before it is asked whether it does, and how long the answer may take.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// The answer to a deadline leaves this much before the caller gives up, and so arrives.
const ANSWER_MARGIN: Duration = Duration::from_millis(5);

/// The server without services. Received messages are bounded by tonic: 4 MiB, unless a service says otherwise.
pub(crate) fn builder(
    settings: &Settings,
    long_running: Arc<[&'static str]>,
    tls: Option<ServerTlsConfig>,
) -> anyhow::Result<Server<Stack<LimitsLayer, Stack<ServerLayer, Identity>>>> {
    let limits = LimitsLayer {
        timeout: settings.request_timeout,
        permits: Arc::new(Semaphore::new(settings.max_in_flight)),
        long_running,
    };
    let server = match tls {
        Some(tls) => Server::builder().tls_config(tls).context("the certificates of the gRPC server")?,
        None => Server::builder(),
    };
    Ok(server
        .max_concurrent_streams(MAX_STREAMS)
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .http2_keepalive_interval(Some(KEEPALIVE.0))
        .http2_keepalive_timeout(Some(KEEPALIVE.1))
        .layer(ServerLayer)
        .layer(limits))
}

/// Puts [`Limits`] around a service.
#[derive(Clone, Debug)]
pub struct LimitsLayer {
    timeout: Duration,
    permits: Arc<Semaphore>,
    long_running: Arc<[&'static str]>,
}

impl<S> Layer<S> for LimitsLayer {
    type Service = Limits<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Limits { inner, limits: self.clone() }
    }
}

/// Refuses what is too much for the process, and ends what takes too long. An RPC counts until its answer begins: of streams, only
/// their beginning. Health checks are never refused: a busy process is alive.
#[derive(Clone, Debug)]
pub struct Limits<S> {
    inner: S,
    limits: LimitsLayer,
}

impl<S> Service<Request<Body>> for Limits<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        if path.starts_with("/grpc.health.v1.Health/") {
            return self.inner.call(request).boxed();
        }
        let Ok(permit) = Arc::clone(&self.limits.permits).try_acquire_owned() else {
            let error = Error::resource_exhausted("too many requests at once").retry_after(Duration::from_secs(1));
            return future::ready(Ok(Status::from(error).into_http())).boxed();
        };
        let own = (!self.limits.long_running.contains(&path)).then_some(self.limits.timeout);
        let timeout = match (caller_timeout(request.headers()), own) {
            (Some(caller), Some(own)) => Some(caller.min(own)),
            (caller, own) => caller.or(own),
        };
        let response = self.inner.call(request);
        async move {
            let _permit = permit;
            let Some(timeout) = timeout else { return response.await };
            match tokio::time::timeout(timeout, deadline::scope(Instant::now() + timeout, response)).await {
                Ok(response) => response,
                Err(_) => Ok(Status::from(Error::deadline("the request took too long")).into_http()),
            }
        }
        .boxed()
    }
}

/// What the caller waits, less the way back.
fn caller_timeout(headers: &HeaderMap) -> Option<Duration> {
    Some(deadline::timeout(headers)?.saturating_sub(ANSWER_MARGIN))
}

/// A stream of answers that ends with UNAVAILABLE when the process stops, so that its client comes back to another replica. The token
/// is [`crate::Runtime::stopping`].
pub fn until_stopping<T>(
    stopping: CancellationToken,
    answers: impl Stream<Item = Result<T, Status>>,
) -> impl Stream<Item = Result<T, Status>> {
    let farewell = stopping.clone();
    answers.take_until(stopping.cancelled_owned()).chain(
        stream::once(async move {
            farewell.is_cancelled().then(|| {
                let error =
                    Error::unavailable("this replica is stopping: come back").retry_after(Duration::from_millis(100));
                Err(error.into())
            })
        })
        .filter_map(future::ready),
    )
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::HeaderValue;
    use tonic::Code;
    use tower::{ServiceExt, service_fn};

    use super::*;

    fn code(response: &Response<Body>) -> Code {
        response.headers().get("grpc-status").map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
    }

    fn request(path: &str, timeout: Option<&'static str>) -> Request<Body> {
        let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
        if let Some(timeout) = timeout {
            request.headers_mut().insert("grpc-timeout", HeaderValue::from_static(timeout));
        }
        request
    }

    fn limits(timeout: Duration, most: usize) -> LimitsLayer {
        LimitsLayer { timeout, permits: Arc::new(Semaphore::new(most)), long_running: Arc::new(["/t.T/Upload"]) }
    }

    #[test]
    fn timeouts_of_callers_are_read() {
        let read = |text: &'static str| caller_timeout(request("/", Some(text)).headers());
        assert_eq!(read("2H"), Some(Duration::from_secs(7200) - ANSWER_MARGIN));
        assert_eq!(read("1500m"), Some(Duration::from_millis(1495)));
        assert_eq!(read("1n"), Some(Duration::ZERO));
        assert_eq!(read("1s"), None);
    }

    #[tokio::test]
    async fn the_shorter_timeout_ends_a_request() {
        let service = limits(Duration::from_millis(300), 9).layer(service_fn(|request: Request<Body>| async move {
            let left = deadline::remaining();
            if request.uri().path() == "/t.T/Upload" && left.is_none() {
                tokio::time::sleep(Duration::from_millis(600)).await;
            } else {
                future::pending::<()>().await;
            }
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }));
        for (path, timeout, least, expected) in [
            ("/t.T/Get", None, 300, Code::DeadlineExceeded),
            ("/t.T/Get", Some("105m"), 100, Code::DeadlineExceeded),
            ("/t.T/Get", Some("1H"), 300, Code::DeadlineExceeded),
            ("/t.T/Upload", Some("405m"), 400, Code::DeadlineExceeded),
            ("/t.T/Upload", None, 600, Code::Ok),
        ] {
            let start = Instant::now();
            let response = service.clone().oneshot(request(path, timeout)).await.unwrap();
            let elapsed = start.elapsed();
            assert_eq!(code(&response), expected, "{path} {timeout:?}");
            let range = Duration::from_millis(least)..Duration::from_millis(least + 190);
            assert!(range.contains(&elapsed), "{path} {timeout:?}: {elapsed:?}");
        }
    }

    #[tokio::test]
    async fn too_much_is_refused_but_health_checks() {
        let layer = limits(Duration::from_secs(10), 1);
        let _busy = Arc::clone(&layer.permits).try_acquire_owned().unwrap();
        let service = layer.layer(service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::empty()))));
        let response = service.clone().oneshot(request("/t.T/Get", None)).await.unwrap();
        assert_eq!(code(&response), Code::ResourceExhausted);
        let response = service.oneshot(request("/grpc.health.v1.Health/Check", None)).await.unwrap();
        assert_eq!(code(&response), Code::Ok);
    }

    #[tokio::test]
    async fn streams_say_farewell() {
        let stopping = CancellationToken::new();
        let endless = stream::iter([Ok(1)]).chain(stream::pending());
        let mut answers = Box::pin(until_stopping(stopping.clone(), endless));
        assert_eq!(answers.next().await.unwrap().unwrap(), 1);
        stopping.cancel();
        assert_eq!(answers.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
        assert!(answers.next().await.is_none());

        let finite = until_stopping(CancellationToken::new(), stream::iter([Ok(1), Ok(2)]));
        assert_eq!(finite.count().await, 2);
    }
}

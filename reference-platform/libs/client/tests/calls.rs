//! Calls to real tonic servers in this process, which fail as the test wants.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use social_client::{GrpcChannel, Policy, channel, with_bearer};
use social_proto::search::v1::search_service_client::SearchServiceClient;
use social_proto::search::v1::search_service_server::{SERVICE_NAME, SearchService, SearchServiceServer};
use social_proto::search::v1::*;
use social_telemetry::deadline;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tower::Service;

type Answer = dyn Fn(u32) -> Result<Duration, Status> + Send + Sync;

/// A search-service whose every method waits or fails as `answer` says, which is told how many calls came before.
#[derive(Clone)]
struct Search {
    calls: Arc<AtomicU32>,
    seen: Arc<Mutex<MetadataMap>>,
    answer: Arc<Answer>,
}

impl Search {
    async fn answer<T, R: Default>(&self, request: Request<T>) -> Result<Response<R>, Status> {
        *self.seen.lock().unwrap() = request.metadata().clone();
        let before = self.calls.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep((self.answer)(before)?).await;
        Ok(Response::new(R::default()))
    }
}

#[tonic::async_trait]
impl SearchService for Search {
    async fn search_users(
        &self,
        request: Request<SearchUsersRequest>,
    ) -> Result<Response<SearchUsersResponse>, Status> {
        self.answer(request).await
    }
    async fn search_posts(
        &self,
        request: Request<SearchPostsRequest>,
    ) -> Result<Response<SearchPostsResponse>, Status> {
        self.answer(request).await
    }
    async fn search_tags(&self, request: Request<SearchTagsRequest>) -> Result<Response<SearchTagsResponse>, Status> {
        self.answer(request).await
    }
    async fn suggest(&self, request: Request<SuggestRequest>) -> Result<Response<SuggestResponse>, Status> {
        self.answer(request).await
    }
    async fn start_rebuild(
        &self,
        request: Request<StartRebuildRequest>,
    ) -> Result<Response<StartRebuildResponse>, Status> {
        self.answer(request).await
    }
    async fn get_rebuild(&self, request: Request<GetRebuildRequest>) -> Result<Response<GetRebuildResponse>, Status> {
        self.answer(request).await
    }
}

/// A search-service that runs, with what it has seen.
struct Running {
    address: SocketAddr,
    search: Search,
    server: JoinHandle<()>,
}

impl Running {
    async fn start(answer: impl Fn(u32) -> Result<Duration, Status> + Send + Sync + 'static) -> Self {
        Self::listen(([127, 0, 0, 1], 0).into(), answer).await
    }

    async fn listen(
        address: SocketAddr,
        answer: impl Fn(u32) -> Result<Duration, Status> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let search = Search { calls: Arc::default(), seen: Arc::default(), answer: Arc::new(answer) };
        let service = SearchServiceServer::new(search.clone());
        let serving = Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener));
        Self { address, search, server: tokio::spawn(async move { serving.await.unwrap() }) }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn calls(&self) -> u32 {
        self.search.calls.load(Ordering::SeqCst)
    }

    fn client(&self, policy: Policy) -> SearchServiceClient<GrpcChannel> {
        SearchServiceClient::new(channel(&self.url(), policy, "search-service").unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn down(_: u32) -> Result<Duration, Status> {
    Err(Status::unavailable("down"))
}

/// An address at which nobody listens.
async fn unused() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn query() -> SearchTagsRequest {
    SearchTagsRequest::default()
}

#[tokio::test]
async fn a_call_inherits_what_is_left_and_gives_up_then() {
    let server = Running::start(|_| Ok(Duration::from_secs(5))).await;
    let mut client = server.client(Policy { deadline: Duration::from_secs(2), ..Policy::default() });
    let started = Instant::now();
    let call = deadline::scope(Instant::now() + Duration::from_millis(200), client.search_tags(query()));
    let status = call.await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(started.elapsed() < Duration::from_millis(400), "{:?}", started.elapsed());
    let seen = server.search.seen.lock().unwrap().get("grpc-timeout").unwrap().to_str().unwrap().to_owned();
    let micros: u64 = seen.strip_suffix('u').unwrap().parse().unwrap();
    assert!((100_000..=190_000).contains(&micros), "the margin is kept: {seen}");
}

#[tokio::test]
async fn the_policy_has_a_deadline_and_a_request_can_have_a_shorter_one() {
    let server = Running::start(|_| Ok(Duration::from_secs(5))).await;
    let mut client = server.client(Policy { deadline: Duration::from_millis(150), ..Policy::default() });
    let started = Instant::now();
    assert_eq!(client.search_tags(query()).await.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(started.elapsed() >= Duration::from_millis(140));
    let mut request = Request::new(query());
    request.set_timeout(Duration::from_millis(20));
    let started = Instant::now();
    assert_eq!(client.search_tags(request).await.unwrap_err().code(), Code::DeadlineExceeded);
    assert!(started.elapsed() < Duration::from_millis(120));
}

/// A search-service that begins its answers and never ends them.
#[derive(Clone)]
struct Stalled;

impl NamedService for Stalled {
    const NAME: &'static str = SERVICE_NAME;
}

impl Service<http::Request<Body>> for Stalled {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        let never = StreamBody::new(tokio_stream::pending::<Result<Frame<Bytes>, Status>>());
        let response = http::Response::builder().header("content-type", "application/grpc").body(Body::new(never));
        ready(Ok(response.unwrap()))
    }
}

#[tokio::test]
async fn the_end_of_an_answer_has_to_come_in_time_too() {
    social_telemetry::install();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(Stalled).serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    let policy = Policy { deadline: Duration::from_millis(100), concurrency: 1, ..Policy::default() };
    let mut client = SearchServiceClient::new(channel(&url, policy, "stalled-service").unwrap());
    for _ in 0..2 {
        let started = Instant::now();
        assert_eq!(client.search_tags(query()).await.unwrap_err().code(), Code::DeadlineExceeded);
        assert!((100..200).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    }
    let late = r#"grpc_client_requests_total{callee="stalled-service",method="SearchTags",code="DEADLINE_EXCEEDED"} 2"#;
    assert!(social_telemetry::render().contains(late));
}

#[tokio::test]
async fn with_nothing_left_nothing_is_sent() {
    let server = Running::start(|_| Ok(Duration::ZERO)).await;
    let mut client = server.client(Policy::default());
    let status = deadline::scope(Instant::now(), client.search_tags(query())).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn reads_are_repeated_and_the_metrics_say_so() {
    social_telemetry::install();
    let server = Running::start(|before| if before < 2 { down(before) } else { Ok(Duration::ZERO) }).await;
    let channel = channel(&server.url(), Policy::default(), "repeated-service").unwrap();
    SearchServiceClient::new(channel).search_tags(query()).await.unwrap();
    assert_eq!(server.calls(), 3);
    let metrics = social_telemetry::render();
    for line in [
        r#"grpc_client_requests_total{callee="repeated-service",method="SearchTags",code="OK"} 1"#,
        r#"grpc_client_retries_total{callee="repeated-service",method="SearchTags"} 2"#,
        r#"grpc_client_request_duration_seconds_count{callee="repeated-service",method="SearchTags"} 1"#,
        r#"grpc_client_breaker_state{callee="repeated-service"} 0"#,
    ] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
}

#[tokio::test]
async fn what_must_not_be_repeated_is_not() {
    let server = Running::start(down).await;
    let mut client = server.client(Policy::default());
    let status = client.start_rebuild(StartRebuildRequest::default()).await.unwrap_err();
    assert_eq!((status.code(), server.calls()), (Code::Unavailable, 1));
    assert_eq!(status.message(), "down", "the callee's answer comes through as it is");
}

#[tokio::test]
async fn other_errors_are_not_repeated() {
    let server = Running::start(|_| Err(Status::resource_exhausted("slower"))).await;
    let status = server.client(Policy::default()).search_tags(query()).await.unwrap_err();
    assert_eq!((status.code(), server.calls()), (Code::ResourceExhausted, 1));
}

#[tokio::test]
async fn the_callee_says_when_to_repeat() {
    let slow = |before| match before {
        0 => Err(Status::with_error_details(
            Code::Unavailable,
            "later",
            ErrorDetails::with_retry_info(Some(Duration::from_millis(150))),
        )),
        _ => Ok(Duration::ZERO),
    };
    let server = Running::start(slow).await;
    let started = Instant::now();
    server.client(Policy::default()).search_tags(query()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(150));

    let never = |_| {
        let mut status = Status::unavailable("do not");
        status.metadata_mut().insert("grpc-retry-pushback-ms", "-1".parse().unwrap());
        Err(status)
    };
    let server = Running::start(never).await;
    server.client(Policy::default()).search_tags(query()).await.unwrap_err();
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn retries_have_a_budget() {
    let server = Running::start(down).await;
    // The breaker must not be what ends it.
    let mut client = server.client(Policy { breaker_calls: u32::MAX, attempts: 2, ..Policy::default() });
    for _ in 0..40 {
        client.search_tags(query()).await.unwrap_err();
    }
    assert!((50..=54).contains(&server.calls()), "40 calls, a reserve of 10, a tenth of 40: {}", server.calls());
}

#[tokio::test]
async fn the_breaker_opens_and_recovers() {
    let server = Running::start(|before| if before < 10 { down(before) } else { Ok(Duration::ZERO) }).await;
    let open = Duration::from_millis(200);
    let policy = Policy { breaker_calls: 10, breaker_open: open, attempts: 1, ..Policy::default() };
    let mut client = server.client(policy);
    for _ in 0..15 {
        assert_eq!(client.search_tags(query()).await.unwrap_err().code(), Code::Unavailable);
    }
    assert_eq!(server.calls(), 10, "it is left alone");
    tokio::time::sleep(open).await;
    for _ in 0..5 {
        client.search_tags(query()).await.unwrap();
    }
    assert_eq!(server.calls(), 15);
}

#[tokio::test]
async fn one_call_too_many_fails_at_once() {
    let server = Running::start(|_| Ok(Duration::from_millis(200))).await;
    let client = server.client(Policy { concurrency: 2, ..Policy::default() });
    let (mut first, mut second, mut third) = (client.clone(), client.clone(), client);
    let (first, second, third) = tokio::join!(first.search_tags(query()), second.search_tags(query()), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let started = Instant::now();
        (third.search_tags(query()).await, started.elapsed())
    },);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(third.0.unwrap_err().code(), Code::Unavailable);
    assert!(third.1 < Duration::from_millis(50));
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn calls_go_to_all_addresses_and_around_one_that_is_gone() {
    let servers = [Running::start(|_| Ok(Duration::ZERO)).await, Running::start(|_| Ok(Duration::ZERO)).await];
    let urls = format!("{},http://{},{}", servers[0].url(), unused().await, servers[1].url());
    let mut client = SearchServiceClient::new(channel(&urls, Policy::default(), "search-service").unwrap());
    for _ in 0..40 {
        // Not to be repeated, and yet: the callee that is gone never saw it.
        client.start_rebuild(StartRebuildRequest::default()).await.unwrap();
    }
    assert_eq!(servers[0].calls() + servers[1].calls(), 40);
    assert!(servers.iter().all(|server| server.calls() >= 5), "{} and {}", servers[0].calls(), servers[1].calls());
}

#[tokio::test]
async fn names_are_resolved_and_a_callee_can_start_later() {
    let address = unused().await;
    let url = format!("http://localhost:{}", address.port());
    let mut client = SearchServiceClient::new(channel(&url, Policy::default(), "search-service").unwrap());
    let status = client.search_tags(query()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().starts_with("search-service: "), "{status}");

    let server = Running::listen(address, |_| Ok(Duration::ZERO)).await;
    let recovered = tokio::time::timeout(Duration::from_secs(5), async {
        while client.search_tags(query()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    recovered.await.unwrap();
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_name_that_is_none_fails_at_once() {
    let channel = channel("http://no-such-service.invalid:50051", Policy::default(), "no-such-service").unwrap();
    let status = SearchServiceClient::new(channel).search_tags(query()).await.unwrap_err();
    assert!(matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded), "{status}");
}

#[tokio::test]
async fn the_token_is_passed_on() {
    let server = Running::start(|_| Ok(Duration::ZERO)).await;
    server.client(Policy::default()).search_tags(with_bearer(query(), "a.b.c").unwrap()).await.unwrap();
    let seen = server.search.seen.lock().unwrap().clone();
    assert_eq!(seen.get("authorization").unwrap(), "Bearer a.b.c");
    assert!(with_bearer(query(), "a\nb").is_err());
}

#[tokio::test]
async fn urls_that_cannot_be_used_are_refused_at_start() {
    for url in ["search-service", "ftp://search-service:1", "http://search-service", "https://search-service:50051"] {
        assert!(channel(url, Policy::default(), "search-service").is_err(), "{url}");
    }
}

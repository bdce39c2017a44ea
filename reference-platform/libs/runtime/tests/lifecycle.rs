//! A whole service in this process: both edges, probes, and stopping in order.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may fail the test")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::web;
use serde::Deserialize;
use social_runtime::{Bound, Error, Handle, Importance, Phase, Problem, Runtime, Settings};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tonic::transport::{Channel, Endpoint};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const SERVICE: &str = "test.v1.TestService";

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn add(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    fn all(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

#[derive(Deserialize)]
struct Post {
    text: String,
}

async fn post(post: web::Json<Post>) -> social_runtime::Result<String> {
    if post.text.is_empty() { Err(Error::invalid("text", "is required")) } else { Ok(post.into_inner().text) }
}

struct Service {
    bound: Bound,
    handle: Handle,
    running: JoinHandle<anyhow::Result<()>>,
}

async fn start(settings: &Settings, log: Log, entered: Arc<Notify>, configure: impl FnOnce(&mut Runtime)) -> Service {
    let mut runtime = Runtime::bind("test-service", settings).await.unwrap();
    let (bound, handle) = (runtime.bound(), runtime.handle());
    for (phase, name) in [(Phase::Consumers, "consumer"), (Phase::Background, "relay")] {
        let log = log.clone();
        runtime.spawn(phase, name, |stop| async move {
            stop.cancelled().await;
            sleep(Duration::from_millis(20)).await;
            log.add(name);
            Ok(())
        });
    }
    for name in ["pool", "cache"] {
        let log = log.clone();
        runtime.on_close(name, async move { log.add(name) });
    }
    let grpc = runtime.grpc_server(&[SERVICE], tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap();
    runtime.serve_grpc(grpc).unwrap();
    let slow = move || {
        let (log, entered) = (log.clone(), entered.clone());
        async move {
            entered.notify_one();
            sleep(Duration::from_millis(400)).await;
            log.add("request");
            "done"
        }
    };
    runtime
        .serve_rest(move |config| {
            config
                .route("/slow", web::get().to(slow.clone()))
                .route("/stuck", web::get().to(std::future::pending::<String>))
                .route("/posts", web::post().to(post));
        })
        .unwrap();
    configure(&mut runtime);
    Service { bound, handle, running: tokio::spawn(runtime.run()) }
}

async fn ready(service: &Service) {
    timeout(Duration::from_secs(5), service.handle.ready()).await.expect("not ready");
}

async fn end(service: Service) -> anyhow::Result<()> {
    service.handle.shutdown();
    timeout(Duration::from_secs(10), service.running).await.expect("does not stop").unwrap()
}

async fn health(bound: Bound) -> HealthClient<Channel> {
    HealthClient::new(Endpoint::from_shared(format!("http://{}", bound.grpc)).unwrap().connect().await.unwrap())
}

fn asked(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_is_ordered_and_ends_what_is_in_flight() {
    let (log, entered) = (Log::default(), Arc::new(Notify::new()));
    let settings = Settings { drain: Duration::from_millis(200), ..Settings::ephemeral() };
    let service = start(&settings, log.clone(), entered.clone(), |_| {}).await;
    ready(&service).await;
    let bound = service.bound;

    let mut watched = health(bound).await.watch(asked(SERVICE)).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status, ServingStatus::Serving as i32);
    let slow = tokio::spawn(reqwest::get(format!("http://{}/slow", bound.http)));
    entered.notified().await;
    let stopping = tokio::spawn(end(service));

    // While balancers notice, nobody is turned away.
    assert_eq!(watched.message().await.unwrap().unwrap().status, ServingStatus::NotServing as i32);
    let probe = reqwest::get(format!("http://{}/readyz", bound.admin)).await.unwrap();
    assert_eq!(probe.status(), 503);
    let probe = reqwest::get(format!("http://{}/livez", bound.admin)).await.unwrap();
    assert_eq!(probe.status(), 200);
    let late = reqwest::Client::new().post(format!("http://{}/posts", bound.http)).json(&[("text", "late")]).send();
    assert_eq!(late.await.unwrap().status(), 400);

    let answer = slow.await.unwrap().unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "done"));
    assert!(watched.message().await.unwrap().is_none(), "the stream of a watcher ends");
    stopping.await.unwrap().unwrap();
    assert_eq!(log.all(), ["request", "consumer", "relay", "cache", "pool"]);
    for address in [bound.grpc, bound.http, bound.admin] {
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "{address} is still open");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_follows_critical_dependencies() {
    let up = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let checked = up.clone();
    let service = start(&Settings::ephemeral(), Log::default(), Arc::default(), |runtime| {
        runtime.check("postgresql", Importance::Critical, move || {
            let up = checked.load(std::sync::atomic::Ordering::Relaxed);
            async move { if up { Ok(()) } else { anyhow::bail!("down") } }
        });
        runtime.check("neo4j", Importance::Degraded, || async { anyhow::bail!("down") });
    })
    .await;

    let mut client = health(service.bound).await;
    let status = client.check(asked("")).await.unwrap().into_inner().status;
    assert_eq!(status, ServingStatus::NotServing as i32);
    let probe = |path| reqwest::get(format!("http://{}{path}", service.bound.admin));
    assert_eq!(probe("/startupz").await.unwrap().status(), 200);
    assert_eq!(probe("/livez").await.unwrap().status(), 200);
    assert_eq!(probe("/readyz").await.unwrap().status(), 503);

    up.store(true, std::sync::atomic::Ordering::Relaxed);
    ready(&service).await;
    let json: serde_json::Value = probe("/readyz").await.unwrap().json().await.unwrap();
    assert_eq!(json["ready"], true);
    assert_eq!(
        json["dependencies"][1],
        serde_json::json!({"name": "neo4j", "importance": "degraded", "status": "down"})
    );
    let mut watched = client.watch(asked(SERVICE)).await.unwrap().into_inner();
    while watched.message().await.unwrap().unwrap().status != ServingStatus::Serving as i32 {}
    drop(watched);

    let text = probe("/metrics").await.unwrap().text().await.unwrap();
    assert!(text.contains("dependency_up{dependency=\"postgresql\"} 1"), "{text}");
    let counted = "grpc_server_requests_total{service=\"grpc.health.v1.Health\",method=\"Check\",code=\"OK\"}";
    assert!(text.contains(counted), "{text}");
    end(service).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_fails_stops_the_service_in_order() {
    let log = Log::default();
    let service = start(&Settings::ephemeral(), log.clone(), Arc::default(), |runtime| {
        runtime.spawn(Phase::Consumers, "broken", |_| async { panic!("a bug") });
    })
    .await;
    let error = timeout(Duration::from_secs(5), service.running).await.unwrap().unwrap().unwrap_err();
    assert_eq!(format!("{error:#}"), "broken: panicked");
    assert_eq!(log.all(), ["consumer", "relay", "cache", "pool"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_hangs_does_not_hold_the_service() {
    let log = Log::default();
    let settings = Settings { shutdown_grace: Duration::from_millis(300), ..Settings::ephemeral() };
    let service = start(&settings, log.clone(), Arc::default(), |_| {}).await;
    ready(&service).await;
    let stuck = tokio::spawn(reqwest::get(format!("http://{}/stuck", service.bound.http)));
    sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    end(service).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(log.all(), ["consumer", "relay", "cache", "pool"]);
    stuck.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_the_rest_edge_are_problem_documents() {
    let settings = Settings { request_timeout: Duration::from_millis(100), ..Settings::ephemeral() };
    let service = start(&settings, Log::default(), Arc::default(), |_| {}).await;
    ready(&service).await;
    let client = reqwest::Client::new();
    let url = |path: &str| format!("http://{}{path}", service.bound.http);
    let json = |body: String| client.post(url("/posts")).header("content-type", "application/json").body(body);

    for (request, status, code, field) in [
        (client.get(url("/nowhere")), 404, "NOT_FOUND", None),
        (client.get(url("/stuck")), 504, "DEADLINE_EXCEEDED", None),
        (json("{".to_owned()), 400, "INVALID_ARGUMENT", Some("body")),
        (json(format!("{{\"text\":\"{}\"}}", "x".repeat(1024 * 1024))), 400, "INVALID_ARGUMENT", Some("body")),
        (json("{\"text\":\"\"}".to_owned()), 400, "INVALID_ARGUMENT", Some("text")),
    ] {
        let response = request.header("x-correlation-id", "order-7").send().await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["x-correlation-id"], "order-7");
        let problem: Problem = response.json().await.unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (status, code));
        assert_eq!(problem.violations.first().map(|one| one.field.as_str()), field);
    }
    end(service).await.unwrap();
}

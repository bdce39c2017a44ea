//! The listener for operators: metrics and probes. It is the first to open and the last to close.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorServiceUnavailable;
use actix_web::http::header::ContentType;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpResponse, HttpServer, web};
use tokio::runtime::Handle;

use crate::health::Health;

/// A runtime that does not get to an empty task in this time is stuck.
const STUCK: Duration = Duration::from_secs(1);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);

struct State {
    health: Health,
    /// The runtime that serves the requests; this listener has a thread of its own.
    runtime: Handle,
}

/// Stops when it is dropped.
pub(crate) struct Admin {
    handle: ServerHandle,
}

impl Drop for Admin {
    fn drop(&mut self) {
        // The command is sent at once; the future only waits for it.
        drop(self.handle.stop(false));
    }
}

/// Starts to listen. Must be called within the Tokio runtime that serves the requests.
pub(crate) fn start(listener: TcpListener, health: Health) -> std::io::Result<Admin> {
    let state = web::Data::new(State { health, runtime: Handle::current() });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .wrap(from_fn(in_time))
            .route("/metrics", web::get().to(metrics))
            .route("/livez", web::get().to(live))
            .route("/readyz", web::get().to(ready))
            .route("/startupz", web::get().to(started))
    })
    .workers(1)
    .worker_max_blocking_threads(1)
    .max_connections(64)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Admin { handle })
}

/// A probe that waits longer than its kubelet does helps nobody.
async fn in_time(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    match tokio::time::timeout(ANSWER, next.call(request)).await {
        Ok(response) => response,
        Err(_) => Err(ErrorServiceUnavailable("no answer in time")),
    }
}

async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(social_telemetry::render())
}

/// Never looks at dependencies: a restart would not bring them back.
async fn live(state: web::Data<State>) -> HttpResponse {
    match tokio::time::timeout(STUCK, state.runtime.spawn(async {})).await {
        Ok(Ok(())) => HttpResponse::Ok().insert_header(ContentType::plaintext()).body("live"),
        _ => HttpResponse::ServiceUnavailable().insert_header(ContentType::plaintext()).body("stuck"),
    }
}

async fn ready(state: web::Data<State>) -> HttpResponse {
    let readiness = state.health.readiness();
    if readiness.ready {
        HttpResponse::Ok().json(readiness)
    } else {
        HttpResponse::ServiceUnavailable().json(readiness)
    }
}

async fn started(state: web::Data<State>) -> HttpResponse {
    if state.health.started() {
        HttpResponse::Ok().insert_header(ContentType::plaintext()).body("started")
    } else {
        HttpResponse::ServiceUnavailable().insert_header(ContentType::plaintext()).body("starting")
    }
}

//! The REST edge: an Actix server with bounds, whose errors are problem documents.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::KeepAlive;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{JsonConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig};
use actix_web::{App, HttpServer, web};
use social_telemetry::{deadline, rest::observe};

use crate::error::{Error, Result};
use crate::settings::Settings;

/// The largest body that extractors take. Handlers that read a body as a stream set their own bound.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Connections at a time; more wait to be accepted.
const MAX_CONNECTIONS: usize = 4096;

/// How long a client may take to send the head of a request. (Its size is bounded by Actix: 128 KiB, 96 headers.)
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Longer than balancers keep idle connections, so that it is them who close.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

#[derive(Debug)]
struct Limits {
    timeout: Duration,
    long_running: Arc<[&'static str]>,
}

/// The server, which does not listen to signals.
pub(crate) fn server<F>(
    listener: TcpListener,
    settings: &Settings,
    long_running: Arc<[&'static str]>,
    configure: F,
) -> std::io::Result<Server>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let limits = web::Data::new(Limits { timeout: settings.request_timeout, long_running });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(limits.clone())
            .app_data(PayloadConfig::new(MAX_BODY_BYTES))
            .app_data(JsonConfig::default().limit(MAX_BODY_BYTES).error_handler(|error, _| malformed("body", &error)))
            .app_data(QueryConfig::default().error_handler(|error, _| malformed("query", &error)))
            .app_data(PathConfig::default().error_handler(|error, _| malformed("path", &error)))
            .wrap(from_fn(limit))
            .wrap(from_fn(observe))
            .configure(configure.clone())
            .default_service(web::to(unmatched))
    });
    let server = server
        .workers(1)
        .worker_max_blocking_threads(4)
        .max_connections(MAX_CONNECTIONS)
        .client_request_timeout(HEAD_TIMEOUT)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        // Whole seconds; the runtime gives up at the exact time.
        .shutdown_timeout(settings.shutdown_grace.as_secs().max(1))
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Ends what takes too long to answer, and tells calls to other services how long they may take. A body that is a stream goes on.
async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> std::result::Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let timeout = request.app_data::<web::Data<Limits>>().and_then(|limits| {
        let long = request.match_pattern().is_some_and(|route| limits.long_running.contains(&route.as_str()));
        (!long).then_some(limits.timeout)
    });
    let Some(timeout) = timeout else { return next.call(request).await };
    match tokio::time::timeout(timeout, deadline::scope(Instant::now() + timeout, next.call(request))).await {
        Ok(response) => response,
        Err(_) => Err(Error::deadline("the request took too long").into()),
    }
}

async fn unmatched() -> Result<&'static str> {
    Err(Error::not_found("no such resource"))
}

fn malformed(part: &str, error: &dyn std::fmt::Display) -> actix_web::Error {
    Error::invalid(part, error.to_string()).into()
}

//! The channel that generated clients are made of, and the way of a call through it.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use metrics::counter;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};
use tonic::body::Body;
use tonic::{Code, ConnectError, Status};
use tonic_types::StatusExt as _;
use tower::{Service, ServiceExt as _};
use tracing::{Instrument as _, field};

use crate::Policy;
use crate::answer::{Answer, Outcome, Verdict};
use crate::balance::{Addresses, InFlight};
use crate::breaker::Breaker;
use crate::budget::RetryBudget;
use crate::deadline;
use crate::methods::Method;

/// Kept of an inherited deadline, so that the caller still hears of a failure.
const MARGIN: Duration = Duration::from_millis(10);
/// A unary request is kept for its repetition: as large as a tonic server accepts one.
const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024 + 5;
/// The first retry comes after at most so long, each further one after at most twice as long.
const BACKOFF: Duration = Duration::from_millis(25);
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// A channel to `callee`, for `…Client::new`; one for each callee, to be cloned. Nothing is connected yet.
///
/// `urls` is `http://name:port`, or several, separated by commas, between which calls are balanced like between the addresses of
/// one name. To be called within a Tokio runtime. Fails when a URL cannot be used.
pub fn channel(urls: &str, policy: Policy, callee: &'static str) -> anyhow::Result<GrpcChannel> {
    anyhow::ensure!(policy.attempts > 0 && policy.concurrency > 0, "a policy with no attempt or no call at a time");
    let addresses = Addresses::new(urls, &policy, callee)?;
    let breaker = Breaker::new(callee, policy.breaker_calls, policy.breaker_ratio, policy.breaker_open);
    let budget = RetryBudget::new(policy.retry_ratio);
    let slots = Arc::new(Semaphore::new(policy.concurrency));
    Ok(GrpcChannel { callee: Arc::new(Callee { name: callee, policy, addresses, breaker, budget, slots }) })
}

/// The channel to one callee. Clones share connections, breaker, budget and limit.
#[derive(Clone, Debug)]
pub struct GrpcChannel {
    callee: Arc<Callee>,
}

impl Service<Request<Body>> for GrpcChannel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let callee = self.callee.clone();
        let method = Method::of(request.uri().path());
        // Read now: the future could be polled by another task.
        let inherited = social_telemetry::deadline::current().map(Instant::from_std);
        let span = tracing::info_span!(
            "grpc.client",
            otel.kind = "client",
            otel.name = %method.path,
            otel.status_code = field::Empty,
            rpc.system.name = "grpc",
            rpc.method = %method.path,
            rpc.response.status_code = field::Empty,
            service.peer.name = callee.name,
        );
        let outcome = Outcome::new(callee.name, method.name.clone(), span.clone());
        Box::pin(async move { callee.call(method, outcome, inherited, request).await }.instrument(span))
    }
}

#[derive(Debug)]
struct Callee {
    name: &'static str,
    policy: Policy,
    addresses: Addresses,
    breaker: Arc<Breaker>,
    budget: RetryBudget,
    slots: Arc<Semaphore>,
}

/// An answer that the client can be handed.
struct Reply {
    response: Response<Body>,
    /// What the call holds until its status comes with the end of the body; nothing when the headers have it.
    held: Option<(Option<Verdict>, InFlight)>,
}

/// Why an attempt failed.
struct Failure {
    status: Status,
    origin: Origin,
    /// The answer with the status in its headers, as it came.
    answer: Option<Box<Response<Body>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The attempt was not made.
    Here,
    /// There was no connection: the callee never saw the request.
    Unsent,
    /// The callee failed, or was lost.
    Callee,
}

impl Failure {
    fn new(origin: Origin, status: Status) -> Self {
        Self { status, origin, answer: None }
    }
}

impl Callee {
    async fn call(
        &self,
        method: Method,
        mut outcome: Outcome,
        inherited: Option<Instant>,
        request: Request<Body>,
    ) -> Result<Response<Body>, Status> {
        let deadline = self.deadline(&method, inherited, &request);
        let Ok(slot) = self.slots.clone().try_acquire_owned() else {
            outcome.tell(Code::Unavailable);
            return Err(Status::unavailable(format!("{}: too many calls in flight", self.name)));
        };
        match self.send(&method, deadline, request).await {
            Ok(Reply { response, held: None }) => {
                outcome.tell(Code::Ok);
                Ok(response)
            }
            Ok(Reply { response, held: Some((verdict, in_flight)) }) => Ok(response.map(|body| {
                let deadline = deadline.map(|deadline| Box::pin(sleep_until(deadline)));
                Body::new(Answer { body, outcome, verdict, deadline, _in_flight: in_flight, _slot: slot })
            })),
            Err(failure) => {
                outcome.tell(failure.status.code());
                failure.answer.map(|answer| *answer).ok_or(failure.status)
            }
        }
    }

    /// When the call must be over: the earliest of what the policy gives, what is left of the work at hand, and what the request asks for.
    fn deadline(&self, method: &Method, inherited: Option<Instant>, request: &Request<Body>) -> Option<Instant> {
        let now = Instant::now();
        let policy = (!method.streaming).then(|| now + self.policy.deadline);
        let inherited = inherited.map(|deadline| deadline.checked_sub(MARGIN).unwrap_or(now));
        let asked = deadline::timeout(request.headers()).map(|timeout| now + timeout);
        [policy, inherited, asked].into_iter().flatten().min()
    }

    /// All attempts.
    async fn send(&self, method: &Method, deadline: Option<Instant>, request: Request<Body>) -> Result<Reply, Failure> {
        self.budget.deposit();
        let (mut parts, body) = request.into_parts();
        social_telemetry::context::inject_http(&mut parts.headers);
        if method.streaming {
            return self.attempt(method, deadline, Request::from_parts(parts, body), &mut None).await;
        }
        let body = Limited::new(body, MAX_REQUEST_BYTES).collect().await;
        let body = body.map_err(|error| Failure::new(Origin::Here, Status::from_error(error)))?.to_bytes();
        let mut tried = None;
        let mut attempt = 1;
        loop {
            let request = Request::from_parts(parts.clone(), Body::new(Full::new(body.clone())));
            let failure = match self.attempt(method, deadline, request, &mut tried).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let Some(pause) = self.pause(method, deadline, attempt, &failure) else {
                return Err(failure);
            };
            counter!("grpc_client_retries_total", "callee" => self.name, "method" => method.name.clone()).increment(1);
            tracing::debug!(attempt, code = ?failure.status.code(), message = failure.status.message(), "the call is repeated");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        deadline: Option<Instant>,
        mut request: Request<Body>,
        tried: &mut Option<SocketAddr>,
    ) -> Result<Reply, Failure> {
        let now = Instant::now();
        let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
        if let Some(left) = left {
            if left.is_zero() {
                return Err(Failure::new(Origin::Here, self.late()));
            }
            request.headers_mut().insert(deadline::HEADER, deadline::header(left));
        }
        let Some(permit) = self.breaker.admit(now) else {
            let status = Status::unavailable(format!("{}: not called, after too many failures", self.name));
            return Err(Failure::new(Origin::Here, status));
        };
        let verdict = Verdict { permit, fair: left.is_none_or(|left| left * 2 >= self.policy.deadline) };
        let exchange = async {
            let in_flight = self.addresses.pick(*tried).await?;
            *tried = Some(in_flight.address().at);
            let mut channel = in_flight.address().channel.clone();
            let response = match channel.ready().await {
                Ok(channel) => channel.call(request).await,
                Err(error) => Err(error),
            };
            Some((response, in_flight))
        };
        let ended = match deadline {
            Some(deadline) => timeout_at(deadline, exchange).await,
            None => Ok(exchange.await),
        };
        match ended {
            Err(_) => {
                verdict.tell(Code::DeadlineExceeded);
                Err(Failure::new(Origin::Callee, self.late()))
            }
            Ok(None) => {
                Err(Failure::new(Origin::Here, Status::unavailable(format!("{}: no address is known", self.name))))
            }
            Ok(Some((Err(error), in_flight))) => {
                let failure = self.lost(error, deadline);
                if failure.status.code() == Code::Unavailable {
                    in_flight.address().avoid();
                }
                verdict.tell(failure.status.code());
                Err(failure)
            }
            Ok(Some((Ok(response), in_flight))) => self.answered(method, deadline, response, verdict, in_flight),
        }
    }

    /// Headers came. An error stands in them already, mostly.
    fn answered(
        &self,
        method: &Method,
        deadline: Option<Instant>,
        response: Response<Body>,
        verdict: Verdict,
        in_flight: InFlight,
    ) -> Result<Reply, Failure> {
        match status_in_headers(&response) {
            Some(status) => {
                // A tonic server calls it cancelled when it gives up in time.
                let late = status.code() == Code::Cancelled && about_over(deadline);
                let status = if late { self.late() } else { status };
                verdict.tell(status.code());
                match status.code() {
                    Code::Ok => Ok(Reply { response, held: None }),
                    _ => Err(Failure { status, origin: Origin::Callee, answer: (!late).then(|| Box::new(response)) }),
                }
            }
            // That a stream began is good news enough; its end can be far.
            None if method.streaming => {
                verdict.tell(Code::Ok);
                Ok(Reply { response, held: Some((None, in_flight)) })
            }
            None => Ok(Reply { response, held: Some((Some(verdict), in_flight)) }),
        }
    }

    /// The connection could not be made, or broke.
    fn lost(&self, error: tonic::transport::Error, deadline: Option<Instant>) -> Failure {
        let mut text = error.to_string();
        let mut unsent = false;
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            unsent |= cause.is::<ConnectError>();
            source = cause.source();
        }
        let origin = if unsent { Origin::Unsent } else { Origin::Callee };
        let status = Status::from_error(Box::new(error));
        match status.code() {
            Code::Cancelled if about_over(deadline) => Failure::new(origin, self.late()),
            Code::Cancelled | Code::Internal | Code::Unknown | Code::Unavailable => {
                Failure::new(origin, Status::unavailable(format!("{}: {text}", self.name)))
            }
            _ => Failure::new(origin, status),
        }
    }

    /// How long to wait before the next attempt; nothing when there shall be none.
    fn pause(&self, method: &Method, deadline: Option<Instant>, attempt: u32, failure: &Failure) -> Option<Duration> {
        let repeatable = match failure.origin {
            Origin::Here => false,
            Origin::Unsent => true,
            Origin::Callee => method.repeatable,
        };
        if !repeatable || failure.status.code() != Code::Unavailable || attempt >= self.policy.attempts {
            return None;
        }
        let pause = match failure.status.metadata().get("grpc-retry-pushback-ms") {
            // Anything but a number of milliseconds means that the callee wants no retry.
            Some(pushback) => Duration::from_millis(pushback.to_str().ok()?.parse().ok()?),
            None => failure.status.get_details_retry_info().and_then(|info| info.retry_delay).unwrap_or_else(|| {
                let most = BACKOFF.saturating_mul(1 << (attempt - 1).min(10)).min(MAX_BACKOFF);
                rand::random_range(Duration::ZERO..=most)
            }),
        };
        if deadline.is_some_and(|deadline| Instant::now() + pause >= deadline) {
            return None;
        }
        self.budget.withdraw().then_some(pause)
    }

    fn late(&self) -> Status {
        Status::deadline_exceeded(format!("{}: not answered in time", self.name))
    }
}

/// Timers are not exact to the millisecond, and both sides have one.
fn about_over(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() + Duration::from_millis(5) >= deadline)
}

/// The status of an answer that ends with its headers. A proxy's answer has none, but HTTP's.
fn status_in_headers(response: &Response<Body>) -> Option<Status> {
    match response.status() {
        StatusCode::OK => Status::from_header_map(response.headers()),
        code => Status::from_header_map(response.headers()).or_else(|| {
            Some(match code {
                StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT => Status::unavailable(format!("HTTP status {code}")),
                _ => Status::unknown(format!("HTTP status {code}")),
            })
        }),
    }
}

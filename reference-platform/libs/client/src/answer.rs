//! The body of an answer: it ends in time, and says how the call ended.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use metrics::{counter, histogram};
use social_telemetry::grpc::code_name;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Span;

use crate::balance::InFlight;
use crate::breaker::Permit;

/// How a call ended, told once to the metrics and to its span. A call that is dropped was cancelled.
#[derive(Debug)]
pub(crate) struct Outcome {
    callee: &'static str,
    method: Arc<str>,
    span: Span,
    started: Instant,
    told: bool,
}

impl Outcome {
    pub(crate) fn new(callee: &'static str, method: Arc<str>, span: Span) -> Self {
        Self { callee, method, span, started: Instant::now(), told: false }
    }

    pub(crate) fn tell(&mut self, code: Code) {
        if self.told {
            return;
        }
        self.told = true;
        self.span.record("rpc.response.status_code", code_name(code));
        if code != Code::Ok {
            self.span.record("otel.status_code", "ERROR");
        }
        let method = self.method.clone();
        counter!("grpc_client_requests_total", "callee" => self.callee, "method" => method.clone(), "code" => code_name(code))
            .increment(1);
        histogram!("grpc_client_request_duration_seconds", "callee" => self.callee, "method" => method)
            .record(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        self.tell(Code::Cancelled);
    }
}

/// The body of an answer whose status is still to come, with what its call holds until then.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Body,
    pub(crate) outcome: Outcome,
    /// What the breaker is told at the end.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) deadline: Option<Pin<Box<Sleep>>>,
    pub(crate) _in_flight: InFlight,
    pub(crate) _slot: OwnedSemaphorePermit,
}

impl Answer {
    fn end(&mut self, code: Code) {
        self.outcome.tell(code);
        if let Some(verdict) = self.verdict.take() {
            verdict.tell(code);
        }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let late = self.deadline.as_mut().is_some_and(|sleep| sleep.as_mut().poll(context).is_ready());
        if late {
            self.end(Code::DeadlineExceeded);
            return Poll::Ready(Some(Err(Status::deadline_exceeded("the answer did not end in time"))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    let code = Status::from_header_map(trailers).map_or(Code::Unknown, |status| status.code());
                    self.end(code);
                }
            }
            Some(Err(status)) => self.end(status.code()),
            None => self.end(Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

/// What the breaker hears of one attempt.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) permit: Permit,
    /// The callee had time enough: if it was late, that was its own doing.
    pub(crate) fair: bool,
}

impl Verdict {
    pub(crate) fn tell(self, code: Code) {
        let now = Instant::now();
        match code {
            Code::Unavailable | Code::Internal | Code::Unknown | Code::DataLoss => self.permit.tell(true, now),
            Code::DeadlineExceeded if self.fair => self.permit.tell(true, now),
            Code::DeadlineExceeded | Code::Cancelled => drop(self.permit),
            _ => self.permit.tell(false, now),
        }
    }
}

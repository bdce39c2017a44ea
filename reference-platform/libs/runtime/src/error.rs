//! The one error of the platform, as both edges tell it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use social_telemetry::context::correlation_id;
use social_telemetry::grpc::code_name;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use utoipa::ToSchema;

/// `domain` of `google.rpc.ErrorInfo`.
const DOMAIN: &str = "social";

/// What a use case gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done: a code of gRPC, a message for people, and what a caller needs to do better. The source is logged and
/// never sent.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    message: String,
    reason: Option<Cow<'static, str>>,
    violations: Vec<Violation>,
    retry_delay: Option<Duration>,
    source: Option<anyhow::Error>,
}

/// One field that does not hold what it must.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Violation {
    /// Path of the field, as in `media[2].id`.
    pub field: String,
    /// What is wrong with it, for people.
    pub description: String,
}

impl Error {
    /// Any code. Those below have names of their own.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            reason: None,
            violations: Vec::new(),
            retry_delay: None,
            source: None,
        }))
    }

    /// NOT_FOUND: it is not there, or not for this caller.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// INVALID_ARGUMENT because of one field. For more of them see [`crate::validate::Validation`].
    pub fn invalid(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::violations(vec![Violation { field: field.into(), description: description.into() }])
    }

    /// INVALID_ARGUMENT because of these fields.
    pub fn violations(violations: Vec<Violation>) -> Self {
        let told: Vec<_> = violations.iter().map(|one| format!("{}: {}", one.field, one.description)).collect();
        let mut error = Self::new(Code::InvalidArgument, format!("invalid request: {}", told.join("; ")));
        error.0.violations = violations;
        error
    }

    /// UNAUTHENTICATED: who calls is not known.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, message)
    }

    /// PERMISSION_DENIED: who calls is known and may not.
    pub fn permission_denied(message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, message)
    }

    /// FAILED_PRECONDITION: not as things stand; the same again will not help.
    pub fn failed_precondition(message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, message)
    }

    /// ABORTED: somebody else was faster; read again, then write again.
    pub fn aborted(message: impl Into<String>) -> Self {
        Self::new(Code::Aborted, message)
    }

    /// ALREADY_EXISTS.
    pub fn already_exists(message: impl Into<String>) -> Self {
        Self::new(Code::AlreadyExists, message)
    }

    /// RESOURCE_EXHAUSTED: too much, for the caller or at all; see [`Error::retry_after`].
    pub fn resource_exhausted(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceExhausted, message)
    }

    /// UNAVAILABLE: something that is needed is not there now; the same again may help.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, message)
    }

    /// DEADLINE_EXCEEDED.
    pub fn deadline(message: impl Into<String>) -> Self {
        Self::new(Code::DeadlineExceeded, message)
    }

    /// DATA_LOSS: what arrived or is stored is not what was sent.
    pub fn data_loss(message: impl Into<String>) -> Self {
        Self::new(Code::DataLoss, message)
    }

    /// INTERNAL: our fault. The caller is told nothing but that.
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Code::Internal, "internal error").with_source(source)
    }

    /// Tells programs which of the errors of this code it is, as in `HANDLE_TAKEN`. Without it the reason is the code.
    #[must_use]
    pub fn with_reason(mut self, reason: &'static str) -> Self {
        self.0.reason = Some(Cow::Borrowed(reason));
        self
    }

    /// When the same again makes sense.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_delay = Some(delay);
        self
    }

    /// The cause, for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The message for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Which of the errors of this code, for programs.
    pub fn reason(&self) -> &str {
        self.0.reason.as_deref().unwrap_or_else(|| code_name(self.0.code))
    }

    /// What is wrong with which fields.
    pub fn field_violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// When the same again makes sense.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.0.retry_delay
    }

    /// Whether the same call may succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self.0.code, Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted)
    }

    /// An error is logged where it leaves the process.
    fn log(&self) {
        let code = code_name(self.0.code);
        match &self.0.source {
            Some(source) if self.0.code == Code::Internal => tracing::error!(code, "{}: {source:#}", self.0.message),
            Some(source) => tracing::warn!(code, "{}: {source:#}", self.0.message),
            None => tracing::debug!(code, "{}", self.0.message),
        }
    }

    fn http_status(&self) -> StatusCode {
        match self.0.code {
            Code::Ok => StatusCode::OK,
            Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::PermissionDenied => StatusCode::FORBIDDEN,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
            Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
            // Only a client cancels: nobody reads it.
            Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", code_name(self.0.code), self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// At the gRPC edge of a server: logs the source, sends the rest with details of `google.rpc`.
impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error.log();
        let mut details = ErrorDetails::new();
        details.set_error_info(error.reason(), DOMAIN, []);
        for violation in &error.0.violations {
            details.add_bad_request_violation(&violation.field, &violation.description);
        }
        if let Some(delay) = error.0.retry_delay {
            details.set_retry_info(Some(delay));
        }
        Status::with_error_details(error.0.code, error.0.message, details)
    }
}

/// What a called service answered. The faults of that service become INTERNAL here, with the answer as the source; other codes stay,
/// so a caller that means something else by them (a user of another service that is NOT_FOUND) says so itself.
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let code = match status.code() {
            Code::Internal | Code::Unknown | Code::DataLoss | Code::Unimplemented | Code::Ok => {
                return Self::internal(status);
            }
            code => code,
        };
        let details = status.get_error_details();
        let mut error = Self::new(code, status.message());
        error.0.reason = details.error_info().map(|info| Cow::Owned(info.reason.clone()));
        error.0.retry_delay = details.retry_info().and_then(|info| info.retry_delay);
        error.0.violations = details.bad_request().map_or_else(Vec::new, |request| {
            let told = request.field_violations.iter();
            told.map(|one| Violation { field: one.field.clone(), description: one.description.clone() }).collect()
        });
        error
    }
}

/// An error at a REST edge (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the status says which kind it is.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, for people.
    pub detail: String,
    /// The code of gRPC.
    pub code: String,
    /// Which of the errors of this code, for programs.
    pub reason: String,
    /// What is wrong with which fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// By which the log has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// At the REST edge: logs the source, sends the rest as `application/problem+json`.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.http_status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.log();
        let status = self.http_status();
        let problem = Problem {
            r#type: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Client Closed Request").to_owned(),
            status: status.as_u16(),
            detail: self.0.message.clone(),
            code: code_name(self.0.code).to_owned(),
            reason: self.reason().to_owned(),
            violations: self.0.violations.clone(),
            correlation_id: correlation_id().map(|id| id.to_string()),
        };
        let mut response = HttpResponse::build(status);
        if let Some(delay) = self.0.retry_delay {
            // Whole seconds, rounded up: earlier is too early.
            response.insert_header((RETRY_AFTER, delay.as_secs_f64().ceil().max(1.0).to_string()));
        }
        response.insert_header((CONTENT_TYPE, "application/problem+json")).json(problem)
    }
}

/// Errors of stores and of the standard library, made ours in one word.
pub trait ResultExt<T> {
    /// INTERNAL, with the error as the source.
    ///
    /// # Errors
    ///
    /// Where there was one.
    fn or_internal(self) -> Result<T>;

    /// UNAVAILABLE with this message, and the error as the source.
    ///
    /// # Errors
    ///
    /// Where there was one.
    fn or_unavailable(self, message: &str) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> ResultExt<T> for std::result::Result<T, E> {
    fn or_internal(self) -> Result<T> {
        self.map_err(Error::internal)
    }

    fn or_unavailable(self, message: &str) -> Result<T> {
        self.map_err(|source| Error::unavailable(message).with_source(source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_survive_the_wire() {
        let error = Error::violations(vec![
            Violation { field: "text".to_owned(), description: "is required".to_owned() },
            Violation { field: "media[2].id".to_owned(), description: "is no UUID".to_owned() },
        ])
        .with_reason("BAD_POST")
        .retry_after(Duration::from_millis(1500));
        let violations = error.field_violations().to_vec();

        let status = Status::from(error);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "invalid request: text: is required; media[2].id: is no UUID");

        let back = Error::from(status);
        assert_eq!(back.code(), Code::InvalidArgument);
        assert_eq!(back.reason(), "BAD_POST");
        assert_eq!(back.retry_delay(), Some(Duration::from_millis(1500)));
        assert_eq!(back.field_violations(), violations);
    }

    #[test]
    fn causes_are_not_sent() {
        let secret = || std::io::Error::other("password of the database");
        let status = Status::from(Error::internal(secret()));
        assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
        assert!(!String::from_utf8_lossy(status.details()).contains("password"));
        let failed: std::result::Result<(), _> = Err(secret());
        let status = Status::from(failed.or_unavailable("try later").unwrap_err());
        assert_eq!((status.code(), status.message()), (Code::Unavailable, "try later"));
    }

    #[test]
    fn faults_of_a_called_service_are_ours() {
        let error = Error::from(Status::unknown("stack trace"));
        assert_eq!((error.code(), error.message()), (Code::Internal, "internal error"));
        assert_eq!(Error::from(Status::not_found("no such user")).code(), Code::NotFound);
        assert!(Error::from(Status::unavailable("down")).is_transient());
    }

    #[actix_web::test]
    async fn problems_are_json_of_their_own_kind() {
        let response = Error::resource_exhausted("slow down").retry_after(Duration::from_millis(2100)).error_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "3");
        assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), "application/problem+json");
        let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.status, 429);
        assert_eq!(problem.reason, "RESOURCE_EXHAUSTED");
        assert_eq!(problem.detail, "slow down");
    }
}

//! Bodies that come as a form or as JSON, and the errors of RFC 6749.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use serde::Serialize;
use serde::de::DeserializeOwned;
use social_runtime::Error;
use tonic::Code;
use utoipa::ToSchema;

/// A form, as OAuth has it. What is wrong is not quoted: it may be a secret.
pub fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let wrong = || Error::invalid("body", "is not the form that is expected");
    let text = std::str::from_utf8(body).map_err(|_| wrong())?;
    web::Query::<T>::from_query(text).map(web::Query::into_inner).map_err(|_| wrong())
}

/// JSON when the request says so, else a form.
pub fn form_or_json<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Error> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        serde_json::from_slice(body).map_err(|_| Error::invalid("body", "is not the JSON that is expected"))
    } else {
        form(body)
    }
}

/// What the token endpoint says when it gives no token (RFC 6749, 5.2).
#[derive(Serialize, ToSchema)]
pub struct OAuthProblem {
    /// `invalid_request`, `invalid_grant`, `unsupported_grant_type`, `temporarily_unavailable` or `server_error`.
    pub error: &'static str,
    /// For people.
    pub error_description: String,
}

/// An error of an OAuth endpoint.
#[derive(Debug)]
pub enum OAuthError {
    UnsupportedGrantType,
    Other(Error),
}

impl From<Error> for OAuthError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl OAuthError {
    fn problem(&self) -> OAuthProblem {
        let (error, description) = match self {
            Self::UnsupportedGrantType => {
                ("unsupported_grant_type", "authorization_code and refresh_token are supported")
            }
            Self::Other(error) => (kind(error.code()), error.message()),
        };
        OAuthProblem { error, error_description: description.to_owned() }
    }
}

fn kind(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "invalid_request",
        Code::Unauthenticated => "invalid_grant",
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted => {
            "temporarily_unavailable"
        }
        _ => "server_error",
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.problem().error)
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::UnsupportedGrantType => StatusCode::BAD_REQUEST,
            // A grant that is not valid is no matter of the Authorization header.
            Self::Other(error) if error.code() == Code::Unauthenticated => StatusCode::BAD_REQUEST,
            Self::Other(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Self::Other(error) = self {
            // Made for what it logs and for its headers.
            let told = error.error_response();
            if let Some(delay) = told.headers().get(RETRY_AFTER) {
                response.insert_header((RETRY_AFTER, delay.clone()));
            }
        }
        response.json(self.problem())
    }
}

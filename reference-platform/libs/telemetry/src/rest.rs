//! REST edges in Actix-web: a span, the correlation id and RED metrics for each request.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorInternalServerError, InternalError};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::field;
use tracing::instrument::Instrument;

use crate::context::{self, CORRELATION_ID};

/// What the log of a proxy calls a client that went away before it was answered.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Middleware for `App::wrap(actix_web::middleware::from_fn(observe))`. Measures until the head of the response is there; its
/// body may take longer.
///
/// # Errors
///
/// Those of the handler.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let parent = context::extract(|name| request.headers().get(name).and_then(|value| value.to_str().ok()));
    let correlation_id = context::correlation_id_of(&parent);
    let mut outcome = Outcome {
        method: method_name(request.method()),
        route: request.match_pattern().unwrap_or_else(|| "unmatched".to_owned()),
        start: Instant::now(),
        code: CLIENT_CLOSED_REQUEST,
    };
    let span = tracing::info_span!(
        "http.server",
        otel.name = format!("{} {}", outcome.method, outcome.route),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = outcome.method,
        http.route = outcome.route,
        http.response.status_code = field::Empty,
        %correlation_id,
    );
    context::adopt(&span, parent);

    let result = next.call(request).instrument(span.clone()).await;
    let status = match &result {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    outcome.code = status.as_u16();
    span.record("http.response.status_code", outcome.code);
    let elapsed = outcome.start.elapsed().as_secs_f64();
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
        span.in_scope(|| tracing::warn!(code = outcome.code, elapsed, "request failed"));
    } else {
        span.in_scope(|| tracing::debug!(code = outcome.code, elapsed, "request"));
    }

    let name = HeaderName::from_static(CORRELATION_ID);
    let value = HeaderValue::from_str(correlation_id.as_str()).map_err(ErrorInternalServerError)?;
    match result {
        Ok(mut response) => {
            response.headers_mut().insert(name, value);
            Ok(response)
        }
        // An error of another middleware becomes a response here, while the span is known.
        Err(error) => {
            let mut response = span.in_scope(|| error.error_response());
            response.headers_mut().insert(name, value);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// One request. Counted when it is dropped, which is also how a client that goes away looks.
struct Outcome {
    method: &'static str,
    route: String,
    start: Instant,
    code: u16,
}

impl Drop for Outcome {
    fn drop(&mut self) {
        let route = std::mem::take(&mut self.route);
        metrics::counter!(
            "http_server_requests_total",
            "method" => self.method, "route" => route.clone(), "code" => self.code.to_string()
        )
        .increment(1);
        metrics::histogram!("http_server_request_duration_seconds", "method" => self.method, "route" => route)
            .record(self.start.elapsed().as_secs_f64());
    }
}

/// A label: clients may send methods of their own making.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    use super::*;

    #[actix_web::test]
    async fn routes_are_counted_by_their_pattern() {
        crate::install();
        let app = init_service(App::new().wrap(from_fn(observe)).service(
            web::scope("/v1").route("/users/{id}", web::get().to(async || HttpResponse::NoContent().finish())),
        ))
        .await;

        let request = TestRequest::get().uri("/v1/users/4711").insert_header((CORRELATION_ID, "order-7"));
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.headers().get(CORRELATION_ID).unwrap(), "order-7");
        call_service(&app, TestRequest::get().uri("/nowhere/4711").to_request()).await;

        let text = crate::render();
        let counted = "http_server_requests_total{method=\"GET\",route=\"/v1/users/{id}\",code=\"204\"} 1";
        assert!(text.contains(counted), "{text}");
        assert!(
            text.contains("http_server_requests_total{method=\"GET\",route=\"unmatched\",code=\"404\"} 1"),
            "{text}"
        );
        assert!(text.contains("http_server_request_duration_seconds_count{method=\"GET\",route=\"/v1/users/{id}\"} 1"));
        assert!(!text.contains("4711"), "{text}");
    }

    #[actix_web::test]
    async fn a_client_that_leaves_is_counted() {
        crate::install();
        let app = init_service(
            App::new().wrap(from_fn(observe)).route("/slow", web::get().to(std::future::pending::<HttpResponse>)),
        )
        .await;
        let call = call_service(&app, TestRequest::get().uri("/slow").to_request());
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), call).await.is_err());
        assert!(crate::render().contains("http_server_requests_total{method=\"GET\",route=\"/slow\",code=\"499\"} 1"));
    }
}

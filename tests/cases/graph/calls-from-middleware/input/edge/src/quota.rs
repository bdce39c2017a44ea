use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service};

#[derive(Clone)]
pub struct QuotaLayer {
    base: String,
    http: reqwest::Client,
}

impl QuotaLayer {
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), http: reqwest::Client::new() }
    }
}

impl<S> Layer<S> for QuotaLayer {
    type Service = Quota<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Quota { inner, base: self.base.clone(), http: self.http.clone() }
    }
}

#[derive(Clone)]
pub struct Quota<S> {
    inner: S,
    base: String,
    http: reqwest::Client,
}

impl<S> Service<Request> for Quota<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut inner = self.inner.clone();
        let url = format!("{}/v1/quota/{}", self.base, "anyone");
        let http = self.http.clone();
        Box::pin(async move {
            if http.get(&url).send().await.is_err() {
                return Ok(axum::http::StatusCode::TOO_MANY_REQUESTS.into_response());
            }
            inner.call(request).await
        })
    }
}

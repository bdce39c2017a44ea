//! The gRPC edge: a layer that lets through whom a token names.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use social_runtime::Error;
use tonic::Status;
use tonic::server::NamedService;
use tower::{Layer, Service};

use crate::{Caller, Verifier, peer};

/// What the platform itself asks, without a token: probes, and tools that read the contract.
const OPEN: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];

/// Verifies `authorization` and puts the [`Caller`] into the extensions of the request. Without a valid token the answer is
/// UNAUTHENTICATED; on public methods a token may be absent, but one that is there must be valid. Where the peer has a certificate
/// ([`crate::TlsSettings`]), the token of a service must be of the service that the certificate names.
#[derive(Clone, Debug)]
pub struct AuthLayer {
    verifier: Verifier,
    public: &'static [&'static str],
}

impl AuthLayer {
    /// `public` are paths: `/social.auth.v1.AuthService/GetJwks`. For a whole server, or around one service.
    pub fn new(verifier: Verifier, public: &'static [&'static str]) -> Self {
        Self { verifier, public }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Authenticated<S>;

    fn layer(&self, inner: S) -> Authenticated<S> {
        Authenticated { inner, verifier: self.verifier.clone(), public: self.public }
    }
}

/// What [`AuthLayer`] makes of a service.
#[derive(Clone, Debug)]
pub struct Authenticated<S> {
    inner: S,
    verifier: Verifier,
    public: &'static [&'static str],
}

impl<S, B, R> Service<Request<B>> for Authenticated<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The one that is ready goes into the future, a clone takes its place.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let path = request.uri().path();
        if OPEN.iter().any(|open| path.starts_with(open)) {
            return Box::pin(inner.call(request));
        }
        let public = self.public.contains(&path);
        let verifier = self.verifier.clone();
        Box::pin(async move {
            match authenticate(&verifier, request.headers()).await {
                Ok(Some(caller)) => {
                    if let Some(names) = peer::names(request.extensions())
                        && let Err(error) = peer::check(&names, &caller)
                    {
                        return Ok(Status::from(error).into_http());
                    }
                    request.extensions_mut().insert(caller);
                }
                Ok(None) if public => {}
                Ok(None) => return Ok(Status::from(missing()).into_http()),
                Err(error) => return Ok(Status::from(error).into_http()),
            }
            inner.call(request).await
        })
    }
}

impl<S: NamedService> NamedService for Authenticated<S> {
    const NAME: &'static str = S::NAME;
}

async fn authenticate(verifier: &Verifier, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    verifier.verify(bearer(value.as_bytes())?).await.map(Some)
}

/// The token of an `authorization` header.
pub(crate) fn bearer(value: &[u8]) -> Result<&str, Error> {
    let token = str::from_utf8(value).ok().and_then(|value| value.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Error::unauthenticated("authorization is no bearer token").with_reason("TOKEN_INVALID")),
    }
}

pub(crate) fn missing() -> Error {
    Error::unauthenticated("an access token is required").with_reason("TOKEN_REQUIRED")
}

/// Who calls; UNAUTHENTICATED when there is no token, which can only be on a public method.
pub fn caller<T>(request: &tonic::Request<T>) -> Result<&Caller, Error> {
    request.extensions().get::<Caller>().ok_or_else(missing)
}

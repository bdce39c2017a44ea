//! The REST edge: [`Caller`] as an extractor of Actix-web.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use futures::future::LocalBoxFuture;
use social_runtime::Error;

use crate::grpc::{bearer, missing};
use crate::{Caller, Verifier};

/// Needs the [`Verifier`] as `app_data`.
impl FromRequest for Caller {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verifier = request.app_data::<Verifier>().cloned();
        let authorization = request.headers().get(AUTHORIZATION).cloned();
        Box::pin(async move {
            let verifier =
                verifier.ok_or_else(|| Error::internal(std::io::Error::other("no Verifier is in the app data")))?;
            let authorization = authorization.ok_or_else(missing)?;
            verifier.verify(bearer(authorization.as_bytes())?).await
        })
    }
}

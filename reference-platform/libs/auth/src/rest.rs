//! The REST edge: [`Caller`] and [`OptionalCaller`] as extractors of Actix-web.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use futures::future::LocalBoxFuture;
use social_runtime::Error;

use crate::grpc::{bearer, missing};
use crate::{Caller, Verifier};

/// Who calls a route that needs no token: nobody when there is none. One that is there must be valid; the `Option<Caller>` of Actix-web
/// takes a bad one for none.
#[derive(Clone, Debug)]
pub struct OptionalCaller(pub Option<Caller>);

impl FromRequest for OptionalCaller {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(AUTHORIZATION) {
            return Box::pin(async { Ok(Self(None)) });
        }
        let caller = Caller::from_request(request, payload);
        Box::pin(async { Ok(Self(Some(caller.await?))) })
    }
}

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

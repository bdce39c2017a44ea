//! How a service calls another one: a channel that gives up in time. It knows how calls fail (deadlines, retries, breaker, limit,
//! balancing), never what they mean; who calls is `social-auth`'s matter.

mod answer;
mod balance;
mod breaker;
mod budget;
mod call;
mod deadline;
mod methods;
mod policy;

pub use call::{GrpcChannel, channel};
pub use policy::Policy;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::{IntoRequest, Request, Status};

/// The request with `token` in its `authorization`, so that the callee sees the same caller.
///
/// INTERNAL when the token cannot stand in a header, which none can that came in by one.
pub fn with_bearer<T>(request: impl IntoRequest<T>, token: &str) -> Result<Request<T>, Status> {
    let mut value: MetadataValue<Ascii> =
        format!("Bearer {token}").parse().map_err(|_| Status::internal("the access token is no header value"))?;
    value.set_sensitive(true);
    let mut request = request.into_request();
    request.metadata_mut().insert("authorization", value);
    Ok(request)
}

//! Who is at the other end of a connection, by its certificate.

use http::Extensions;
use social_runtime::Error;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use webpki::EndEntityCert;

use crate::Kind;
use crate::caller::Caller;

/// The names in the certificate of the peer; `None` for a connection without one, as it is within a mesh.
pub(crate) fn names(extensions: &Extensions) -> Option<Vec<String>> {
    let certificates = extensions.get::<TlsConnectInfo<TcpConnectInfo>>()?.peer_certs()?;
    let certificate = EndEntityCert::try_from(certificates.first()?).ok()?;
    Some(certificate.valid_dns_names().map(str::to_owned).collect())
}

/// A service that names itself must be the one that the certificate names: a token that got about is of no use to another one. Users'
/// tokens are passed on by services, and operators come from anywhere.
pub(crate) fn check(names: &[String], caller: &Caller) -> Result<(), Error> {
    let Kind::Service(service) = &caller.kind else { return Ok(()) };
    // `feed-service`, or in a cluster `feed-service.social.svc`.
    let is_it = |name: &String| name.split('.').next() == Some(service);
    if names.iter().any(is_it) {
        return Ok(());
    }
    Err(Error::permission_denied("the token is of another service than the certificate").with_reason("PEER_MISMATCH"))
}

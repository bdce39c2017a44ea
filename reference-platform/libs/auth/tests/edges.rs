//! Who is let through at both edges, and between services with certificates.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::fs;
use std::future::{Ready, ready};
use std::path::Path;
use std::task::{Context, Poll};

use actix_web::{App, HttpResponse, web};
use http::{Request, Response};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use social_auth::{AuthLayer, Caller, OptionalCaller, ServiceIdentity, TlsSettings, Verifier};
use social_client::{Policy, channel};
use social_runtime::{Runtime, Settings};
use social_testing::Tokens;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Server};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use uuid::Uuid;

const PUBLIC: &[&str] = &["/social.content.v1.ContentService/GetPost"];

/// What the layer lets through, and what it answers otherwise: the header `seen` tells the caller.
async fn call(verifier: &Verifier, path: &str, authorization: Option<&str>) -> Result<String, Status> {
    let inner = service_fn(|request: Request<Body>| async move {
        let seen = request.extensions().get::<Caller>().map_or("nobody".to_owned(), |caller| {
            caller.account_id().map_or("no user".to_owned(), |id| id.to_string())
        });
        Ok::<_, Infallible>(Response::builder().header("seen", seen).body(Body::empty()).unwrap())
    });
    let mut request = Request::builder().uri(path);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let layer = AuthLayer::new(verifier.clone(), PUBLIC);
    let response = layer.layer(inner).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    match Status::from_header_map(response.headers()) {
        Some(status) => Err(status),
        None => Ok(response.headers()["seen"].to_str().unwrap().to_owned()),
    }
}

#[tokio::test]
async fn the_grpc_edge_knows_its_callers() {
    let tokens = Tokens::new();
    let verifier = Verifier::new(tokens.clone(), tokens.token_settings()).unwrap();
    let (public, private) = (PUBLIC[0], "/social.content.v1.ContentService/CreatePost");
    let account = Uuid::new_v4();
    let good = format!("Bearer {}", tokens.user(account));

    assert_eq!(call(&verifier, private, Some(&good)).await.unwrap(), account.to_string());
    let service = format!("bearer {}", tokens.service("feed-service"));
    assert_eq!(call(&verifier, private, Some(&service)).await.unwrap(), "no user");
    let refused = call(&verifier, private, None).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(!refused.details().is_empty(), "it tells programs why");

    assert_eq!(call(&verifier, public, None).await.unwrap(), "nobody");
    assert_eq!(call(&verifier, public, Some(&good)).await.unwrap(), account.to_string());
    let expired = format!("Bearer {}", tokens.expired(account));
    for authorization in [&expired, "Basic YTpi", "Bearer", ""] {
        let refused = call(&verifier, public, Some(authorization)).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{authorization:?}");
    }
    assert_eq!(call(&verifier, "/grpc.health.v1.Health/Check", None).await.unwrap(), "nobody");
}

#[actix_web::test]
async fn the_rest_edge_knows_its_callers() {
    async fn me(caller: Caller) -> Result<HttpResponse, social_runtime::Error> {
        Ok(HttpResponse::Ok().body(caller.account_id()?.to_string()))
    }
    async fn maybe(caller: OptionalCaller) -> String {
        caller.0.is_some().to_string()
    }
    let tokens = Tokens::new();
    let verifier = Verifier::new(tokens.clone(), tokens.token_settings()).unwrap();
    let app = App::new().app_data(verifier).route("/me", web::get().to(me)).route("/maybe", web::get().to(maybe));
    let app = actix_web::test::init_service(app).await;
    let account = Uuid::new_v4();
    let get = async |path: &str, token: Option<String>| {
        let mut request = actix_web::test::TestRequest::get().uri(path);
        if let Some(token) = token {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        let response = actix_web::test::call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        (status, String::from_utf8(actix_web::test::read_body(response).await.to_vec()).unwrap())
    };
    assert_eq!(get("/me", Some(tokens.user(account))).await, (200, account.to_string()));
    assert_eq!(get("/me", None).await.0, 401);
    assert_eq!(get("/me", Some(tokens.expired(account))).await.0, 401);
    assert_eq!(get("/me", Some(tokens.operator())).await.0, 403);
    assert_eq!(get("/maybe", None).await, (200, "false".to_owned()));
    assert_eq!(get("/maybe", Some(tokens.user(account))).await, (200, "true".to_owned()));
    for bad in [tokens.expired(account), "no token".to_owned(), String::new()] {
        assert_eq!(get("/maybe", Some(bad.clone())).await.0, 401, "{bad:?}");
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// An authority certifies a service for both sides of a connection; the files are as `TLS_…` name them.
fn certify(folder: &Path, authority: &CertifiedIssuer<'_, KeyPair>, service: &str) -> TlsSettings {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned(), service.to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let cert = params.signed_by(&key, authority).unwrap();
    let write = |name: &str, pem: String| {
        let path = folder.join(format!("{}-{name}.pem", Uuid::new_v4()));
        fs::write(&path, pem).unwrap();
        Some(path)
    };
    TlsSettings {
        tls_cert: write("cert", cert.pem()),
        tls_key: write("key", key.serialize_pem()),
        tls_ca: write("ca", authority.pem()),
    }
}

/// A service that answers with the caller.
#[derive(Clone)]
struct Who;

impl NamedService for Who {
    const NAME: &'static str = "test.v1.Who";
}

impl Service<Request<Body>> for Who {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let kind = format!("{:?}", request.extensions().get::<Caller>().unwrap().kind);
        ready(Ok(Response::builder().header("seen", kind).header("grpc-status", "0").body(Body::empty()).unwrap()))
    }
}

#[tokio::test]
async fn with_certificates_both_sides_know_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let ours = certify(folder.path(), &authority(), "health");
    let theirs = certify(folder.path(), &authority(), "health");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (_, health) = tonic_health::server::health_reporter();
    let tokens = Tokens::new();
    let health = AuthLayer::new(Verifier::new(tokens.clone(), tokens.token_settings()).unwrap(), &[]).layer(health);
    let server = Server::builder().tls_config(ours.server().unwrap().unwrap()).unwrap().add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));

    let check = async |tls: Option<ClientTlsConfig>| {
        let channel = channel(&url, Policy { tls, ..Policy::default() }, "health").unwrap();
        let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
        answer.map(drop).map_err(|status| status.code())
    };
    assert_eq!(check(ours.client().unwrap()).await, Ok(()));
    assert_eq!(check(theirs.client().unwrap()).await, Err(Code::Unavailable));
    let nameless =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(fs::read(ours.tls_ca.as_ref().unwrap()).unwrap()));
    assert_eq!(check(Some(nameless)).await, Err(Code::Unavailable));
}

#[tokio::test]
async fn a_process_that_requires_certificates_knows_who_connects() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (authority(), authority());
    let tokens = Tokens::new();
    let mut runtime = Runtime::bind("who-service", &Settings::ephemeral()).await.unwrap();
    let (bound, handle) = (runtime.bound(), runtime.handle());
    runtime.require_certificates(certify(folder.path(), &ours, "who-service").server().unwrap());
    let who = AuthLayer::new(Verifier::new(tokens.clone(), tokens.token_settings()).unwrap(), &[]).layer(Who);
    let grpc = runtime.grpc_server(&[], social_proto::DESCRIPTORS).unwrap().add_service(who);
    runtime.serve_grpc(grpc).unwrap();
    let running = tokio::spawn(runtime.run());

    let url = format!("https://localhost:{}", bound.grpc.port());
    let call = async |tls: ClientTlsConfig, token: String| -> anyhow::Result<String> {
        let channel = Endpoint::from_shared(url.clone())?.tls_config(tls)?.connect().await?;
        let request = Request::post(format!("{url}/test.v1.Who/Get"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())?;
        let response = channel.oneshot(request).await?;
        match Status::from_header_map(response.headers()) {
            Some(status) if status.code() != Code::Ok => Err(status.into()),
            _ => Ok(response.headers()["seen"].to_str()?.to_owned()),
        }
    };
    let feed = certify(folder.path(), &ours, "feed-service.social.svc").client().unwrap().unwrap();
    let token = |name| ServiceIdentity::new(name, tokens.token_settings()).unwrap().token().unwrap();
    assert_eq!(call(feed.clone(), token("feed-service")).await.unwrap(), r#"Service("feed-service")"#);
    let stolen = call(feed.clone(), token("user-service")).await.unwrap_err();
    assert_eq!(stolen.downcast::<Status>().unwrap().code(), Code::PermissionDenied);
    assert!(call(feed, tokens.user(Uuid::new_v4())).await.unwrap().starts_with("User"), "it is passed on");

    let stranger = certify(folder.path(), &theirs, "feed-service").client().unwrap().unwrap();
    assert!(call(stranger, token("feed-service")).await.unwrap_err().downcast::<Status>().is_err());
    let nameless = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ours.pem()));
    assert!(call(nameless, token("feed-service")).await.unwrap_err().downcast::<Status>().is_err());
    let plain = Endpoint::from_shared(url.replace("https", "http")).unwrap().connect().await;
    let plain = match plain {
        Ok(channel) => HealthClient::new(channel).check(HealthCheckRequest::default()).await.is_ok(),
        Err(_) => false,
    };
    assert!(!plain, "nothing is told in the clear");
    handle.shutdown();
    running.await.unwrap().unwrap();
}

#[test]
fn certificates_come_together_or_not_at_all() {
    assert!(TlsSettings::default().server().unwrap().is_none());
    assert!(TlsSettings::default().client().unwrap().is_none());
    let half = TlsSettings { tls_cert: Some("cert.pem".into()), ..TlsSettings::default() };
    assert!(half.server().is_err() && half.client().is_err());
}

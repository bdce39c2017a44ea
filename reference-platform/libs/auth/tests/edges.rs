//! Who is let through at both edges, and between services with certificates.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use actix_web::{App, HttpResponse, web};
use http::{Request, Response};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use social_auth::{AuthLayer, Caller, TlsSettings, Verifier};
use social_client::{Policy, channel};
use social_testing::Tokens;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::transport::{ClientTlsConfig, Server};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::{Layer as _, ServiceExt as _, service_fn};
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
    async fn maybe(caller: Option<Caller>) -> String {
        caller.is_some().to_string()
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
}

/// An authority, which certifies a service for both sides of a connection; the files are as `TLS_…` name them.
fn certify(folder: &Path, authority: &str) -> TlsSettings {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_cert = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let cert = params.signed_by(&key, &authority_cert).unwrap();
    let write = |name: &str, pem: String| {
        let path = folder.join(format!("{authority}-{name}.pem"));
        fs::write(&path, pem).unwrap();
        Some(path)
    };
    TlsSettings {
        tls_cert: write("cert", cert.pem()),
        tls_key: write("key", key.serialize_pem()),
        tls_ca: write("ca", authority_cert.pem()),
    }
}

#[tokio::test]
async fn with_certificates_both_sides_know_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let ours = certify(folder.path(), "ours");
    let theirs = certify(folder.path(), "theirs");

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
    let nameless = ClientTlsConfig::new()
        .ca_certificate(tonic::transport::Certificate::from_pem(fs::read(ours.tls_ca.as_ref().unwrap()).unwrap()));
    assert_eq!(check(Some(nameless)).await, Err(Code::Unavailable));
}

#[test]
fn certificates_come_together_or_not_at_all() {
    assert!(TlsSettings::default().server().unwrap().is_none());
    assert!(TlsSettings::default().client().unwrap().is_none());
    let half = TlsSettings { tls_cert: Some("cert.pem".into()), ..TlsSettings::default() };
    assert!(half.server().is_err() && half.client().is_err());
}

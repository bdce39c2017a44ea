//! Against the real stores, like all that uses this crate.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use social_client::{Policy, channel, with_bearer};
use social_proto::auth::v1::auth_service_client::AuthServiceClient;
use social_proto::auth::v1::{GetJwksRequest, IntrospectTokenRequest};
use social_testing::{Stores, Tokens, eventually, nobody, unique};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::net::TcpStream;
use tonic::Code;
use uuid::Uuid;

async fn databases(name: &str) -> i64 {
    let mut server = PgConnection::connect(Stores::load().unwrap().postgres_url().unwrap()).await.unwrap();
    let count = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1");
    count.bind(name).fetch_one(&mut server).await.unwrap()
}

async fn gone(name: &str) -> anyhow::Result<()> {
    anyhow::ensure!(databases(name).await == 0, "{name} is still there");
    Ok(())
}

#[tokio::test]
async fn a_database_lives_as_long_as_its_value() {
    let stores = Stores::load().unwrap();
    let folder = std::env::temp_dir().join(unique("migrations"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("1_notes.sql"), "CREATE TABLE notes (id bigint PRIMARY KEY);").unwrap();
    let migrator = Migrator::new(folder.clone()).await.unwrap();

    let database = stores.database(&migrator).await.unwrap();
    let other = stores.database(&migrator).await.unwrap();
    sqlx::query("INSERT INTO notes VALUES (1)").execute(database.pool()).await.unwrap();
    let notes: i64 = sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(other.pool()).await.unwrap();
    assert_eq!(notes, 0, "each test has its own");
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let name = database.name().to_owned();
    assert_eq!(databases(&name).await, 1);
    drop(database);
    eventually(Duration::from_secs(20), || gone(&name)).await.unwrap();
    assert!(connection.ping().await.is_err(), "who is connected does not keep it");
    std::fs::remove_dir_all(folder).unwrap();
}

/// PostgreSQL waits for whoever is about to log in, and this one cannot go on while the test drops its database.
#[tokio::test]
async fn who_logs_in_at_that_moment_holds_nobody_up() {
    let stores = Stores::load().unwrap();
    let migrator = Migrator { migrations: Vec::new().into(), ..Migrator::DEFAULT };
    let database = stores.database(&migrator).await.unwrap();
    let server: PgConnectOptions = database.url().parse().unwrap();
    let half_open = TcpStream::connect((server.get_host(), server.get_port())).await.unwrap();
    let parameters = format!("user\0{}\0database\0{}\0\0", server.get_username(), database.name());
    let length = u32::try_from(8 + parameters.len()).unwrap();
    let startup = [length.to_be_bytes().as_slice(), &(3_u32 << 16).to_be_bytes(), parameters.as_bytes()].concat();
    half_open.writable().await.unwrap();
    assert_eq!(half_open.try_write(&startup).unwrap(), startup.len());
    half_open.readable().await.unwrap();

    let (name, begin) = (database.name().to_owned(), Instant::now());
    drop(database);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    drop(half_open);
    eventually(Duration::from_secs(20), || gone(&name)).await.unwrap();
}

#[tokio::test]
async fn topics_are_made_with_a_prefix() {
    let stores = Stores::load().unwrap();
    let prefix = unique("testing");
    let topics = stores.topics(&prefix, &["a", "b"], 2).await.unwrap();
    assert_eq!(topics.names(), [format!("{prefix}a"), format!("{prefix}b")]);
    assert!(stores.topics(&prefix, &["a"], 2).await.is_err(), "it is there already");
}

#[tokio::test]
async fn the_issuer_answers_like_auth_service() {
    let tokens = Tokens::new();
    let auth = tokens.serve().await.unwrap();
    let mut client = AuthServiceClient::new(channel(auth.url(), Policy::default(), "auth-service").unwrap());
    let keys = client.get_jwks(GetJwksRequest {}).await.unwrap().into_inner();
    assert_eq!(keys.keys.len(), 1);

    let (account, session) = (Uuid::new_v4(), Uuid::new_v4());
    let access_token = tokens.user_session(account, session);
    let question = IntrospectTokenRequest { access_token };
    let by_service = with_bearer(question.clone(), &tokens.service("messaging-service")).unwrap();
    let answer = client.introspect_token(by_service).await.unwrap().into_inner();
    assert!(answer.active);
    assert_eq!((answer.account_id, answer.session_id), (account.to_string(), session.to_string()));
    tokens.revoke(session);
    assert!(!client.introspect_token(question).await.unwrap().into_inner().active);

    let address = auth.address();
    auth.stop().await;
    assert_eq!(client.get_jwks(GetJwksRequest {}).await.unwrap_err().code(), Code::Unavailable);
    let _back = social_testing::serve_fake_at(address, FakeHealth).await.unwrap();
    let back = async || match client.clone().get_jwks(GetJwksRequest {}).await.unwrap_err().code() {
        Code::Unimplemented => Ok(()),
        code => Err(anyhow::anyhow!("{code}")),
    };
    eventually(Duration::from_secs(5), back).await.unwrap();
}

#[tokio::test]
async fn what_never_comes_is_told_with_its_last_error() {
    let error =
        eventually(Duration::from_millis(60), async || anyhow::Ok(()).and(Err::<(), _>(anyhow::anyhow!("empty"))));
    assert!(format!("{:#}", error.await.unwrap_err()).contains("empty"));
    let channel = channel(&nobody().await.unwrap(), Policy::default(), "auth-service").unwrap();
    let status = AuthServiceClient::new(channel).get_jwks(GetJwksRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
}

/// A service with no methods that anybody calls.
#[derive(Clone)]
struct FakeHealth;

impl tonic::server::NamedService for FakeHealth {
    const NAME: &'static str = "social.testing.v1.Nothing";
}

impl tonic::codegen::Service<tonic::codegen::http::Request<tonic::body::Body>> for FakeHealth {
    type Response = tonic::codegen::http::Response<tonic::body::Body>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: tonic::codegen::http::Request<tonic::body::Body>) -> Self::Future {
        std::future::ready(Ok(tonic::Status::unimplemented("nothing").into_http()))
    }
}

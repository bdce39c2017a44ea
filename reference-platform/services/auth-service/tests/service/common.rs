//! The service under test, with stores of its own, and a client that logs in.

use std::time::Duration;

use auth_service::{EXPAND, KeySettings, LoginSettings, PasswordSettings, Settings};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use prost::Message;
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Message as _;
use social_auth::SigningKey;
use social_client::{GrpcChannel, Policy, with_bearer};
use social_events::topics;
use social_proto::auth::v1::account_event::Event;
use social_proto::auth::v1::auth_service_client::AuthServiceClient;
use social_proto::auth::v1::*;
use social_runtime::{Bound, Handle, Runtime};
use social_testing::{Stores, TestDatabase, TestTopics, Tokens, unique};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tonic::{Code, Request, Status};
use uuid::Uuid;

pub const CLIENT: &str = "social-app";
pub const REDIRECT: &str = "http://127.0.0.1:7878/callback";
pub const PASSWORD: &str = "correct horse battery";
/// 43 characters; its challenge is made by [`challenge`].
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A service with its stores.
pub struct Fixture {
    pub settings: Settings,
    pub platform: Tokens,
    pub database: TestDatabase,
    pub service: Service,
    topics: TestTopics,
}

/// One replica.
pub struct Service {
    pub bound: Bound,
    handle: Handle,
    task: JoinHandle<anyhow::Result<()>>,
    pub client: AuthServiceClient<GrpcChannel>,
}

/// Who has an account and tokens.
pub struct User {
    pub account_id: String,
    pub tokens: TokenSet,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings of its own.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (settings, platform, database) = stores(change).await;
        let prefix = &settings.kafka.kafka_topic_prefix;
        let topics = Stores::load().unwrap().topics(prefix, &[topics::ACCOUNT_EVENTS], 1).await.unwrap();
        let service = Service::start(&settings).await;
        Self { settings, platform, database, service, topics }
    }

    pub fn pool(&self) -> &PgPool {
        self.database.pool()
    }

    pub fn client(&self) -> AuthServiceClient<GrpcChannel> {
        self.service.client.clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.bound.http)
    }

    /// A new account with a session.
    pub async fn user(&self, handle: &str) -> User {
        let account_id = self.register(handle).await;
        let tokens = self.log_in(handle).await;
        User { account_id, tokens }
    }

    pub async fn register(&self, handle: &str) -> String {
        self.client().register(registration(handle)).await.unwrap().into_inner().account_id
    }

    /// One more session.
    pub async fn log_in(&self, handle: &str) -> TokenSet {
        let code = self.authorize(handle, PASSWORD).await.unwrap();
        self.exchange(&code).await.unwrap()
    }

    pub async fn authorize(&self, login: &str, password: &str) -> Result<String, Status> {
        let request = AuthorizeRequest { login: login.to_owned(), password: password.to_owned(), ..authorization() };
        Ok(self.client().authorize(request).await?.into_inner().code)
    }

    pub async fn exchange(&self, code: &str) -> Result<TokenSet, Status> {
        let answer = self.client().exchange_code(exchange_of(code)).await?;
        Ok(answer.into_inner().tokens.unwrap())
    }

    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenSet, Status> {
        let request = RefreshTokensRequest { client_id: CLIENT.to_owned(), refresh_token: refresh_token.to_owned() };
        Ok(self.client().refresh_tokens(request).await?.into_inner().tokens.unwrap())
    }

    /// As messaging-service asks.
    pub async fn introspect(&self, access_token: &str) -> IntrospectTokenResponse {
        let request = IntrospectTokenRequest { access_token: access_token.to_owned() };
        let request = bearer(&self.platform.service("messaging-service"), request);
        self.client().introspect_token(request).await.unwrap().into_inner()
    }

    pub async fn is_active(&self, tokens: &TokenSet) -> bool {
        self.introspect(&tokens.access_token).await.active
    }

    pub async fn rotate(&self) -> RotateSigningKeyResponse {
        let request = RotateSigningKeyRequest { request_id: Uuid::new_v4().to_string() };
        self.client().rotate_signing_key(bearer(&self.platform.operator(), request)).await.unwrap().into_inner()
    }

    pub async fn jwks(&self) -> GetJwksResponse {
        self.client().get_jwks(GetJwksRequest {}).await.unwrap().into_inner()
    }

    /// The events that have been published: reads until there were `count`.
    pub async fn events(&self, count: usize) -> Vec<AccountEvent> {
        let topic = &self.topics.names()[0];
        let consumer: StreamConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.settings.kafka.kafka_brokers)
            .set("group.id", unique("test"))
            .set("auto.offset.reset", "earliest")
            .create()
            .unwrap();
        let mut assignment = rdkafka::TopicPartitionList::new();
        assignment.add_partition_offset(topic, 0, rdkafka::Offset::Beginning).unwrap();
        consumer.assign(&assignment).unwrap();
        let mut events = Vec::new();
        while events.len() < count {
            let received = tokio::time::timeout(Duration::from_secs(20), consumer.recv()).await;
            let record = received.unwrap_or_else(|_| panic!("{} of {count} events", events.len())).unwrap();
            let event = AccountEvent::decode(record.payload().unwrap()).unwrap();
            assert_eq!(record.key().unwrap(), event.account_id.as_bytes());
            events.push(event);
        }
        events
    }

    /// The number of events that were ever written for an account.
    pub async fn sequence(&self, account_id: &str) -> i64 {
        let account_id: Uuid = account_id.parse().unwrap();
        sqlx::query_scalar("SELECT event_sequence FROM accounts WHERE account_id = $1")
            .bind(account_id)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    /// Runs a statement of the test.
    pub async fn execute(&self, sql: &'static str) -> u64 {
        sqlx::query(sql).execute(self.pool()).await.unwrap().rows_affected()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.pool()).await.unwrap()
    }

    pub async fn stop(self) {
        self.service.stop().await;
    }
}

impl Service {
    pub async fn start(settings: &Settings) -> Self {
        let runtime = Runtime::bind("auth-service", &settings.runtime).await.unwrap();
        let (bound, handle) = (runtime.bound(), runtime.handle());
        let task = tokio::spawn(auth_service::serve(settings.clone(), runtime));
        let channel = social_client::channel(
            &format!("http://{}", bound.grpc),
            Policy { deadline: Duration::from_secs(10), ..Policy::default() },
            "auth-service",
        )
        .unwrap();
        tokio::time::timeout(Duration::from_secs(20), handle.ready()).await.expect("ready");
        Self { bound, handle, task, client: AuthServiceClient::new(channel) }
    }

    pub async fn stop(self) {
        self.handle.shutdown();
        tokio::time::timeout(Duration::from_secs(20), self.task).await.expect("stops in time").unwrap().unwrap();
    }
}

async fn stores(change: impl FnOnce(&mut Settings)) -> (Settings, Tokens, TestDatabase) {
    let stores = Stores::load().unwrap();
    let platform = Tokens::new();
    let database = stores.database(&EXPAND).await.unwrap();
    let prefix = unique("auth");
    let mut settings = Settings {
        runtime: social_runtime::Settings::ephemeral(),
        telemetry: social_telemetry::Settings::default(),
        tokens: platform.token_settings().clone(),
        tls: social_auth::TlsSettings::default(),
        database: social_database::Settings {
            url: database.url().to_owned(),
            max_connections: 5,
            acquire_timeout: Duration::from_secs(5).into(),
            statement_timeout: Duration::from_secs(5).into(),
        },
        redis: social_cache::Settings {
            url: stores.redis_url().unwrap().to_owned(),
            timeout: Duration::from_secs(1).into(),
            prefix: prefix.clone(),
        },
        kafka: social_events::Settings {
            kafka_brokers: stores.kafka_brokers().unwrap().to_owned(),
            kafka_topic_prefix: prefix,
            kafka_request_timeout: Duration::from_secs(10),
            kafka_delivery_timeout: Duration::from_secs(15),
            kafka_session_timeout: Duration::from_secs(10),
            kafka_max_poll_interval: Duration::from_secs(60),
        },
        // As weak as Argon2 can be: the tests hash often and are not optimized.
        passwords: PasswordSettings { argon2_memory_kib: 8, argon2_iterations: 1, password_concurrency: 2 },
        logins: LoginSettings {
            login_attempts_per_login: 1000,
            login_attempts_per_address: 10_000,
            login_window: Duration::from_secs(300),
            trusted_proxies: 0,
        },
        keys: KeySettings {
            signing_key_encryption_key: STANDARD.encode([7; 32]).into(),
            signing_key_rotation: Duration::from_secs(30 * 24 * 3600),
        },
        access_token_ttl: Duration::from_secs(900),
        refresh_token_ttl: Duration::from_secs(3600),
        purge_interval: Duration::from_secs(3600),
    };
    change(&mut settings);
    (settings, platform, database)
}

pub fn registration(handle: &str) -> RegisterRequest {
    RegisterRequest {
        request_id: Uuid::new_v4().to_string(),
        handle: handle.to_owned(),
        email: format!("{handle}@example.org"),
        password: PASSWORD.to_owned(),
    }
}

pub fn authorization() -> AuthorizeRequest {
    AuthorizeRequest {
        client_id: CLIENT.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        code_challenge: CHALLENGE.to_owned(),
        scopes: Vec::new(),
        login: String::new(),
        password: PASSWORD.to_owned(),
    }
}

pub fn exchange_of(code: &str) -> ExchangeCodeRequest {
    ExchangeCodeRequest {
        client_id: CLIENT.to_owned(),
        code: code.to_owned(),
        redirect_uri: REDIRECT.to_owned(),
        code_verifier: VERIFIER.to_owned(),
    }
}

pub fn bearer<T>(token: &str, message: T) -> Request<T> {
    with_bearer(Request::new(message), token).unwrap()
}

/// The header and the claims of a token.
pub fn decoded(token: &str) -> (serde_json::Value, serde_json::Value) {
    let part = |index: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

pub fn session_of(tokens: &TokenSet) -> String {
    decoded(&tokens.access_token).1["sid"].as_str().unwrap().to_owned()
}

#[track_caller]
pub fn refused<T>(result: Result<T, Status>, code: Code) -> Status {
    match result {
        Ok(_) => panic!("not refused"),
        Err(status) => {
            assert_eq!(status.code(), code, "{status:?}");
            status
        }
    }
}

/// The sessions and the reason of a SessionsRevoked.
pub fn revoked(event: &AccountEvent) -> (Vec<String>, RevocationReason) {
    match event.event.as_ref().unwrap() {
        Event::SessionsRevoked(revoked) => {
            let mut sessions = revoked.session_ids.clone();
            sessions.sort();
            (sessions, revoked.reason())
        }
        other => panic!("{other:?}"),
    }
}

/// A key that nobody trusts.
pub fn foreign_key(kid: &str) -> SigningKey {
    SigningKey::generate(kid).unwrap()
}

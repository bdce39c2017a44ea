//! One service with a database of its own, in this process.

use std::time::Duration;

use clap::Parser;
use content_service::Settings;
use social_proto::content::v1::content_service_client::ContentServiceClient;
use social_proto::content::v1::{CreatePostRequest, Post, Visibility};
use social_proto::media::v1::media_service_server::MediaServiceServer;
use social_proto::user::v1::user_service_server::UserServiceServer;
use social_runtime::{Handle, Runtime};
use social_testing::{Fake, FakeMedia, Neighbour, Stores, TestDatabase, Tokens, serve_fake, unique};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::fakes::FakeUsers;

/// What a test does not need it does not start: nobody listens there.
const NOBODY: &str = "127.0.0.1:1";

pub struct Harness {
    pub content: ContentServiceClient<Channel>,
    /// Of the REST edge.
    pub url: String,
    pub tokens: Tokens,
    pub database: TestDatabase,
    pub users: FakeUsers,
    pub media: FakeMedia,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
    _neighbours: [Fake; 3],
}

impl Harness {
    /// Kafka is away, as it may be.
    pub async fn start() -> Harness {
        Harness::start_with(|_| {}).await
    }

    pub async fn start_with(adjust: impl FnOnce(&mut Settings)) -> Harness {
        let stores = Stores::load().unwrap();
        let database = stores.database(&content_service::EXPAND).await.unwrap();
        let (users, media, tokens) = (FakeUsers::default(), FakeMedia::default(), Tokens::new());
        let neighbours = [
            tokens.serve().await.unwrap(),
            serve_fake(UserServiceServer::new(Neighbour(users.clone()))).await.unwrap(),
            serve_fake(MediaServiceServer::new(Neighbour(media.clone()))).await.unwrap(),
        ];

        let arguments = [
            ("--auth-service-url", neighbours[0].url()),
            ("--user-service-url", neighbours[1].url()),
            ("--media-service-url", neighbours[2].url()),
            ("--service-token-public-key", "of the test"),
            ("--database-url", database.url()),
            ("--redis-url", stores.redis_url().unwrap()),
            ("--redis-prefix", &unique("content")),
            ("--kafka-brokers", NOBODY),
            ("--relation-cache-ttl", "50ms"),
            ("--counter-cache-ttl", "50ms"),
            ("--purge-interval", "50ms"),
        ];
        let arguments = arguments.iter().flat_map(|(name, value)| [*name, *value]);
        let mut settings = Settings::try_parse_from(["content-service"].into_iter().chain(arguments)).unwrap();
        settings.auth = tokens.settings(neighbours[0].url());
        settings.runtime = social_runtime::Settings::ephemeral();
        adjust(&mut settings);

        let runtime = Runtime::bind("content-service", &settings.runtime).await.unwrap();
        let (bound, handle) = (runtime.bound(), runtime.handle());
        let service = tokio::spawn(content_service::serve(settings, runtime));
        tokio::time::timeout(Duration::from_secs(10), handle.ready()).await.expect("the service becomes ready");
        let channel = Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect_lazy();
        Harness {
            content: ContentServiceClient::new(channel),
            url: format!("http://{}", bound.http),
            tokens,
            database,
            users,
            media,
            handle,
            service,
            _neighbours: neighbours,
        }
    }

    /// Ends the service as SIGTERM does. Without it the service ends with its test, which is quicker while Kafka is away: the relay
    /// does not wait for what it has under way.
    pub async fn stop(self) {
        self.handle.shutdown();
        self.service.await.unwrap().unwrap();
    }

    pub fn as_user<T>(&self, account_id: Uuid, message: T) -> Request<T> {
        self.tokens.request_as(account_id, message)
    }

    pub fn as_service<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let value = format!("Bearer {}", self.tokens.service("feed-service")).parse().unwrap();
        request.metadata_mut().insert("authorization", value);
        request
    }

    pub async fn publish(&self, author: Uuid, text: &str, visibility: Visibility) -> Post {
        let request = CreatePostRequest {
            request_id: Uuid::new_v4().to_string(),
            text: text.to_owned(),
            visibility: visibility.into(),
            ..Default::default()
        };
        self.content.clone().create_post(self.as_user(author, request)).await.unwrap().into_inner().post.unwrap()
    }

    /// How many events wait to be published.
    pub async fn outbox(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(self.database.pool()).await.unwrap()
    }
}

/// The code of what was refused.
pub fn code<T>(outcome: Result<Response<T>, Status>) -> Code {
    outcome.err().map_or(Code::Ok, |status| status.code())
}

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

//! Replicas of the service that share a database and a Redis, in this process.

use std::time::Duration;

use clap::Parser;
use messaging_service::Settings;
use social_proto::media::v1::media_service_server::MediaServiceServer;
use social_proto::messaging::v1::messaging_service_client::MessagingServiceClient;
use social_proto::messaging::v1::{ChatMessage, Conversation, CreateConversationRequest, SendMessageRequest};
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

/// One process, as it were.
pub struct Replica {
    pub messaging: MessagingServiceClient<Channel>,
    pub grpc: String,
    /// Of the REST edge, `host:port`.
    pub http: String,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
}

impl Replica {
    /// Ends the service as SIGTERM does.
    pub async fn stop(self) {
        self.handle.shutdown();
        self.service.await.unwrap().unwrap();
    }

    /// Ends the service at once.
    pub async fn crash(self) {
        self.service.abort();
        self.service.await.expect_err("the service runs until then");
    }
}

pub struct World {
    pub replicas: Vec<Replica>,
    pub tokens: Tokens,
    pub users: FakeUsers,
    pub media: FakeMedia,
    pub auth: Option<Fake>,
    pub database: TestDatabase,
    settings: Settings,
    _neighbours: [Fake; 2],
}

impl World {
    /// One replica. Kafka is away, as it may be.
    pub async fn start() -> World {
        World::start_with(1, |_| {}).await
    }

    pub async fn start_with(replicas: usize, adjust: impl Fn(&mut Settings)) -> World {
        let stores = Stores::load().unwrap();
        let database = stores.database(&messaging_service::EXPAND).await.unwrap();
        let (users, media, tokens) = (FakeUsers::default(), FakeMedia::default(), Tokens::new());
        let auth = tokens.serve().await.unwrap();
        let neighbours = [
            serve_fake(UserServiceServer::new(Neighbour(users.clone()))).await.unwrap(),
            serve_fake(MediaServiceServer::new(Neighbour(media.clone()))).await.unwrap(),
        ];
        let arguments = [
            ("--auth-service-url", auth.url()),
            ("--user-service-url", neighbours[0].url()),
            ("--media-service-url", neighbours[1].url()),
            ("--service-token-public-key", "of the test"),
            ("--database-url", database.url()),
            ("--database-max-connections", "6"),
            ("--redis-url", stores.redis_url().unwrap()),
            ("--redis-prefix", &unique("messaging")),
            ("--kafka-brokers", NOBODY),
            ("--purge-interval", "100ms"),
        ];
        let arguments = arguments.iter().flat_map(|(name, value)| [*name, *value]);
        let mut settings = Settings::try_parse_from(["messaging-service"].into_iter().chain(arguments)).unwrap();
        settings.auth = tokens.settings(auth.url());
        settings.runtime = social_runtime::Settings::ephemeral();
        adjust(&mut settings);

        let mut started = Vec::new();
        for _ in 0..replicas {
            started.push(replica(settings.clone()).await);
        }
        World { replicas: started, tokens, users, media, auth: Some(auth), database, settings, _neighbours: neighbours }
    }

    /// One more replica that shares the database.
    pub async fn another(&self, adjust: impl Fn(&mut Settings)) -> Replica {
        let mut settings = self.settings.clone();
        adjust(&mut settings);
        replica(settings).await
    }

    /// Ends all replicas as a crash does: in order they would wait for Kafka, which is away.
    pub async fn stop(self) {
        for replica in self.replicas {
            replica.crash().await;
        }
    }

    /// A client of the first replica.
    pub fn messaging(&self) -> MessagingServiceClient<Channel> {
        self.replicas[0].messaging.clone()
    }

    pub fn as_user<T>(&self, account_id: Uuid, message: T) -> Request<T> {
        self.tokens.request_as(account_id, message)
    }

    pub async fn begin(&self, creator: Uuid, others: &[Uuid]) -> Conversation {
        let request = beginning(others, "");
        self.messaging()
            .create_conversation(self.as_user(creator, request))
            .await
            .unwrap()
            .into_inner()
            .conversation
            .unwrap()
    }

    pub async fn say(&self, sender: Uuid, conversation: &Conversation, text: &str) -> ChatMessage {
        let request = saying(&conversation.conversation_id, text);
        self.messaging().send_message(self.as_user(sender, request)).await.unwrap().into_inner().message.unwrap()
    }

    /// How many events wait to be published.
    pub async fn outbox(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(self.database.pool()).await.unwrap()
    }
}

async fn replica(settings: Settings) -> Replica {
    let runtime = Runtime::bind("messaging-service", &settings.runtime).await.unwrap();
    let (bound, handle) = (runtime.bound(), runtime.handle());
    let service = tokio::spawn(messaging_service::serve(settings, runtime));
    tokio::time::timeout(Duration::from_secs(10), handle.ready()).await.expect("the service becomes ready");
    let grpc = format!("http://{}", bound.grpc);
    let channel = Channel::from_shared(grpc.clone()).unwrap().connect_lazy();
    Replica { messaging: MessagingServiceClient::new(channel), grpc, http: bound.http.to_string(), handle, service }
}

pub fn beginning(others: &[Uuid], title: &str) -> CreateConversationRequest {
    let member_ids = others.iter().map(Uuid::to_string).collect();
    CreateConversationRequest { request_id: id(), member_ids, title: title.to_owned() }
}

pub fn saying(conversation_id: &str, text: &str) -> SendMessageRequest {
    let (conversation_id, text) = (conversation_id.to_owned(), text.to_owned());
    SendMessageRequest { request_id: id(), conversation_id, text, media_ids: Vec::new() }
}

/// The code of what was refused.
pub fn code<T>(outcome: Result<Response<T>, Status>) -> Code {
    outcome.err().map_or(Code::Ok, |status| status.code())
}

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

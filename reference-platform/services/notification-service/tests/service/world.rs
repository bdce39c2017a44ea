//! A service of its own for each test, with events, a neighbour and providers that the test commands.

use std::sync::Mutex;
use std::time::Duration;

use clap::Parser;
use notification_service::Settings;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use social_events::{ConsumeError, Event, Handler, Publisher, Received, replay, topics};
use social_proto::notification::v1::notification_service_client::NotificationServiceClient;
use social_proto::notification::v1::*;
use social_proto::user::v1::user_service_server::UserServiceServer;
use social_runtime::{Handle, Runtime};
use social_testing::{Fake, Neighbour, Stores, TestDatabase, TestTopics, Tokens, eventually, serve_fake, unique};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use uuid::Uuid;

pub use crate::make::{comment, deleted, edge, live, media, message, reaction};
use crate::provider::Provider;
use crate::users::FakeUsers;

/// How long something may take that comes by events.
pub const SOON: Duration = Duration::from_secs(20);

pub type Client = NotificationServiceClient<Channel>;

pub struct World {
    pub client: Client,
    pub tokens: Tokens,
    pub users: FakeUsers,
    pub fcm: Provider,
    pub apns: Provider,
    /// Of the REST edge.
    pub http: String,
    pub settings: Settings,
    pub database: TestDatabase,
    publisher: Publisher,
    producer: FutureProducer,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
    _neighbours: [Fake; 2],
    _topics: TestTopics,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Web Push is switched off.
    pub async fn start_with(adjust: impl FnOnce(&mut Settings)) -> Self {
        let stores = Stores::load().unwrap();
        let prefix = unique("notification");
        let names = [
            topics::ACCOUNT_EVENTS,
            topics::CONTENT_EVENTS,
            topics::GRAPH_EVENTS,
            topics::MEDIA_EVENTS,
            topics::MESSAGE_EVENTS,
            topics::STREAM_EVENTS,
            topics::DEAD_LETTERS,
        ];
        let retries = names.map(|topic| topics::retry(topic, "notification-service"));
        let names: Vec<&str> = names.into_iter().chain(retries.iter().map(String::as_str)).collect();
        let topics = stores.topics(&prefix, &names, 1).await.unwrap();
        let database = stores.database(&notification_service::EXPAND).await.unwrap();
        let (tokens, users) = (Tokens::new(), FakeUsers::default());
        let auth = tokens.serve().await.unwrap();
        let neighbour = serve_fake(UserServiceServer::new(Neighbour(users.clone()))).await.unwrap();
        let (fcm, apns) = (Provider::start().await, Provider::start().await);
        let arguments = [
            ("--database-url", database.url()),
            // Making a connection is slow in a debug build, because of the password's hash.
            ("--database-acquire-timeout", "9s"),
            ("--redis-url", stores.redis_url().unwrap()),
            ("--redis-prefix", &prefix),
            ("--kafka-brokers", stores.kafka_brokers().unwrap()),
            ("--kafka-topic-prefix", &prefix),
            ("--auth-service-url", auth.url()),
            ("--user-service-url", neighbour.url()),
            ("--service-token-public-key", "given below"),
            ("--fcm-url", &format!("{}/send", fcm.url)),
            ("--fcm-token", "fcm secret"),
            ("--apns-url", &apns.url),
            ("--push-timeout", "500ms"),
            ("--push-attempts", "3"),
            ("--push-first-pause", "50ms"),
            ("--push-poll-interval", "50ms"),
            ("--push-breaker-pause", "300ms"),
            ("--push-breaker-failures", "1000"),
            ("--background-interval", "100ms"),
            ("--retry-delay", "1s"),
        ];
        let arguments = arguments.iter().flat_map(|(name, value)| [*name, *value]);
        let mut settings = Settings::try_parse_from(["notification-service"].into_iter().chain(arguments)).unwrap();
        settings.runtime = social_runtime::Settings::ephemeral();
        settings.auth = tokens.settings(auth.url());
        adjust(&mut settings);

        let runtime = Runtime::bind("notification-service", &settings.runtime).await.unwrap();
        let (bound, handle) = (runtime.bound(), runtime.handle());
        let service = tokio::spawn(notification_service::serve(settings.clone(), runtime));
        tokio::time::timeout(SOON, handle.ready()).await.expect("the service is ready");
        let channel = Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect().await.unwrap();
        Self {
            client: NotificationServiceClient::new(channel),
            tokens,
            users,
            fcm,
            apns,
            http: format!("http://{}", bound.http),
            publisher: Publisher::new(&settings.kafka).unwrap(),
            producer: ClientConfig::new().set("bootstrap.servers", &settings.kafka.kafka_brokers).create().unwrap(),
            settings,
            database,
            handle,
            service,
            _neighbours: [auth, neighbour],
            _topics: topics,
        }
    }

    /// Stops in order; fails when that does not work.
    pub async fn stop(self) {
        self.handle.shutdown();
        tokio::time::timeout(SOON, self.service).await.expect("the service stops").unwrap().unwrap();
    }

    /// One more replica of the service.
    pub async fn replica(&self) -> (Handle, JoinHandle<anyhow::Result<()>>) {
        let runtime = Runtime::bind("notification-service", &self.settings.runtime).await.unwrap();
        let handle = runtime.handle();
        let service = tokio::spawn(notification_service::serve(self.settings.clone(), runtime));
        tokio::time::timeout(SOON, handle.ready()).await.expect("the replica is ready");
        (handle, service)
    }

    pub async fn publish<E: Event>(&self, events: &[E]) {
        self.publisher.publish_all(E::TOPIC, events).await.unwrap();
    }

    /// Writes what no publisher would.
    pub async fn publish_raw(&self, topic: &str, event_id: Option<&str>, value: &[u8]) {
        let topic = format!("{}{topic}", self.settings.kafka.kafka_topic_prefix);
        let record = FutureRecord::to(&topic).key("key").payload(value);
        let record = match event_id {
            Some(id) => record.headers(OwnedHeaders::new().insert(Header { key: "event-id", value: Some(id) })),
            None => record,
        };
        self.producer.send(record, SOON).await.unwrap();
    }

    /// All events of a topic so far, in their order.
    pub async fn events<E: Event + 'static>(&self) -> Vec<E> {
        let seen = Collect(Mutex::new(Vec::new()));
        replay::read_all(&self.settings.kafka, &[E::TOPIC], &seen, &CancellationToken::new()).await.unwrap();
        seen.0.into_inner().unwrap()
    }

    pub fn as_user<T>(&self, user_id: Uuid, message: T) -> Request<T> {
        self.tokens.request_as(user_id, message)
    }

    pub fn as_operator<T>(&self, message: T) -> Request<T> {
        with_token(&self.tokens.operator(), message)
    }

    /// The notifications of a user, newest first.
    pub async fn list(&self, user_id: Uuid) -> Vec<Notification> {
        let request = self.as_user(user_id, ListNotificationsRequest::default());
        self.client.clone().list_notifications(request).await.unwrap().into_inner().notifications
    }

    pub async fn unread(&self, user_id: Uuid) -> i64 {
        let request = self.as_user(user_id, GetUnreadCountRequest {});
        self.client.clone().get_unread_count(request).await.unwrap().into_inner().unread_count
    }

    /// Waits until a user was told so many, and gives them.
    pub async fn told(&self, user_id: Uuid, count: usize) -> Vec<Notification> {
        let told = eventually(SOON, || async {
            let list = self.list(user_id).await;
            anyhow::ensure!(list.len() >= count, "{} of {count}", list.len());
            Ok(list)
        });
        let told = told.await.unwrap();
        assert_eq!(told.len(), count);
        told
    }

    /// A device of a user, whose token is given back.
    pub async fn device(&self, user_id: Uuid, provider: PushProvider) -> String {
        let token = format!("token-{}", Uuid::new_v4());
        self.put_device(user_id, Uuid::new_v4(), provider, &token).await.unwrap();
        token
    }

    pub async fn put_device(
        &self,
        user_id: Uuid,
        device_id: Uuid,
        provider: PushProvider,
        token: &str,
    ) -> Result<Device, Status> {
        let provider = provider.into();
        let request = PutDeviceRequest { device_id: device_id.to_string(), provider, token: token.to_owned() };
        let answer = self.client.clone().put_device(self.as_user(user_id, request)).await?;
        Ok(answer.into_inner().device.unwrap())
    }

    pub async fn devices(&self, user_id: Uuid) -> Vec<Device> {
        let request = self.as_user(user_id, ListDevicesRequest::default());
        self.client.clone().list_devices(request).await.unwrap().into_inner().devices
    }

    pub async fn prefer(&self, user_id: Uuid, preferences: Preferences) -> Preferences {
        let request = PutPreferencesRequest { preferences: Some(preferences) };
        let answer = self.client.clone().put_preferences(self.as_user(user_id, request)).await.unwrap();
        answer.into_inner().preferences.unwrap()
    }

    pub async fn dead_letters(&self) -> Vec<DeadLetterEntry> {
        let request = self.as_operator(ListDeadLettersRequest::default());
        self.client.clone().list_dead_letters(request).await.unwrap().into_inner().dead_letters
    }

    pub async fn redeliver(&self, dead_letter_id: &str) -> Result<bool, Status> {
        let request = RedeliverDeadLetterRequest { dead_letter_id: dead_letter_id.to_owned() };
        Ok(self.client.clone().redeliver_dead_letter(self.as_operator(request)).await?.into_inner().delivered)
    }

    /// How many records a topic of one partition has had.
    pub async fn records(&self, topic: &str) -> i64 {
        let (producer, name) = (self.producer.clone(), format!("{}{topic}", self.settings.kafka.kafka_topic_prefix));
        let watermarks = move || producer.client().fetch_watermarks(&name, 0, SOON);
        tokio::task::spawn_blocking(watermarks).await.unwrap().unwrap().1
    }

    /// The one number that a query gives.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self.database.pool()).await.unwrap()
    }
}

struct Collect<E>(Mutex<Vec<E>>);

impl<E: Event + 'static> Handler for Collect<E> {
    async fn apply(&self, event: Received) -> Result<(), ConsumeError> {
        let event = event.decode()?;
        self.0.lock().unwrap().push(event);
        Ok(())
    }
}

pub fn with_token<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// The code of a refusal.
pub fn code<T>(result: Result<T, Status>) -> Code {
    result.err().map_or(Code::Ok, |status| status.code())
}

//! One service in this process, with keys, topics and neighbours of its own.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use clap::Parser;
use feed_service::Settings;
use social_client::with_bearer;
use social_events::{Event, Publisher, topics};
use social_proto::content::v1::content_event::Event as Happened;
use social_proto::content::v1::content_service_server::ContentServiceServer;
use social_proto::content::v1::{ContentEvent, Post, PostChanged, PostDeleted, PostPublished, Visibility};
use social_proto::feed::v1::feed_service_client::FeedServiceClient;
use social_proto::feed::v1::{FeedOrder, ListFeedRequest, ListFeedResponse};
use social_proto::user::v1::user_service_server::UserServiceServer;
use social_proto::user::v1::{GraphChange, GraphEvent};
use social_runtime::{Handle, Runtime};
use social_testing::{Fake, Neighbour, Stores, TestTopics, Tokens, eventually, serve_fake, serve_fake_at, unique};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::fakes::{FakePosts, FakeUsers};

pub const SOON: Duration = Duration::from_secs(20);

pub struct World {
    pub feeds: FeedServiceClient<Channel>,
    /// Of the REST edge.
    pub url: String,
    /// Of the probes.
    pub admin: String,
    pub tokens: Tokens,
    pub users: FakeUsers,
    pub posts: FakePosts,
    pub redis_prefix: String,
    user_service: Option<Fake>,
    content_service: Option<Fake>,
    user_address: SocketAddr,
    content_address: SocketAddr,
    publisher: Publisher,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
    _auth: Fake,
    _topics: TestTopics,
}

impl World {
    pub async fn start() -> World {
        World::start_with(|_| {}).await
    }

    pub async fn start_with(adjust: impl FnOnce(&mut Settings)) -> World {
        let stores = Stores::load().unwrap();
        let prefix = unique("feed");
        let dead_letters =
            [topics::CONTENT_EVENTS, topics::GRAPH_EVENTS].map(|topic| topics::dead_letter(topic, "feed-service"));
        let names = [topics::CONTENT_EVENTS, topics::GRAPH_EVENTS, &dead_letters[0], &dead_letters[1]];
        let topics = stores.topics(&prefix, &names, 1).await.unwrap();
        let (users, posts, tokens) = (FakeUsers::default(), FakePosts::default(), Tokens::new());
        let auth = tokens.serve().await.unwrap();
        let user_service = serve_fake(UserServiceServer::new(Neighbour(users.clone()))).await.unwrap();
        let content_service = serve_fake(ContentServiceServer::new(Neighbour(posts.clone()))).await.unwrap();

        let arguments = [
            ("--auth-service-url", auth.url()),
            ("--user-service-url", user_service.url()),
            ("--content-service-url", content_service.url()),
            ("--service-token-public-key", "of the test"),
            ("--redis-url", stores.redis_url().unwrap()),
            ("--redis-prefix", &prefix),
            ("--kafka-brokers", stores.kafka_brokers().unwrap()),
            ("--kafka-topic-prefix", &prefix),
            ("--follower-count-ttl", "50ms"),
        ];
        let arguments = arguments.iter().flat_map(|(name, value)| [*name, *value]);
        let mut settings = Settings::try_parse_from(["feed-service"].into_iter().chain(arguments)).unwrap();
        settings.auth = tokens.settings(auth.url());
        settings.runtime = social_runtime::Settings::ephemeral();
        adjust(&mut settings);

        let publisher = Publisher::new(&settings.kafka).unwrap();
        let runtime = Runtime::bind("feed-service", &settings.runtime).await.unwrap();
        let (bound, handle) = (runtime.bound(), runtime.handle());
        let service = tokio::spawn(feed_service::serve(settings, runtime));
        let channel = Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect_lazy();
        World {
            feeds: FeedServiceClient::new(channel),
            url: format!("http://{}", bound.http),
            admin: format!("http://{}", bound.admin),
            tokens,
            users,
            posts,
            redis_prefix: prefix,
            user_address: user_service.address(),
            content_address: content_service.address(),
            user_service: Some(user_service),
            content_service: Some(content_service),
            publisher,
            handle,
            service,
            _auth: auth,
            _topics: topics,
        }
    }

    /// Ends the service as SIGTERM does.
    pub async fn stop(self) {
        self.handle.shutdown();
        self.service.await.unwrap().unwrap();
    }

    pub async fn user_service(&mut self, up: bool) {
        match up {
            true => {
                self.user_service = Some(
                    serve_fake_at(self.user_address, UserServiceServer::new(Neighbour(self.users.clone())))
                        .await
                        .unwrap(),
                )
            }
            false => self.user_service.take().unwrap().stop().await,
        }
    }

    pub async fn content_service(&mut self, up: bool) {
        match up {
            true => {
                self.content_service = Some(
                    serve_fake_at(self.content_address, ContentServiceServer::new(Neighbour(self.posts.clone())))
                        .await
                        .unwrap(),
                )
            }
            false => self.content_service.take().unwrap().stop().await,
        }
    }

    pub async fn tell<E: Event>(&self, topic: &'static str, event: &E) {
        self.publisher.publish(topic, event).await.unwrap();
    }

    /// Somebody follows or ceases to, and it is told.
    pub async fn graph(&self, reader: Uuid, author: Uuid, change: GraphChange) -> GraphEvent {
        let event = GraphEvent {
            event_id: id(),
            occur_time: Some(now()),
            from_user_id: reader.to_string(),
            to_user_id: author.to_string(),
            change: change.into(),
        };
        match change {
            GraphChange::Followed => self.users.follow(reader, author, now()),
            GraphChange::Blocked => {
                self.users.unfollow(reader, author);
                self.users.unfollow(author, reader);
            }
            _ => self.users.unfollow(reader, author),
        }
        self.tell(topics::GRAPH_EVENTS, &event).await;
        event
    }

    /// A post that content-service knows, and nobody else yet.
    pub fn written(&self, author: Uuid, visibility: Visibility) -> Post {
        let post = Post {
            post_id: Uuid::now_v7().to_string(),
            author_id: author.to_string(),
            text: "text".to_owned(),
            visibility: visibility.into(),
            create_time: Some(now()),
            ..Default::default()
        };
        self.posts.publish(post.clone());
        post
    }

    /// A post of which it is told.
    pub async fn publish(&self, author: Uuid) -> Post {
        let post = self.written(author, Visibility::Public);
        self.tell(topics::CONTENT_EVENTS, &published(&post)).await;
        post
    }

    pub async fn try_feed(&self, reader: Uuid, request: ListFeedRequest) -> Result<Response<ListFeedResponse>, Status> {
        self.feeds.clone().list_feed(self.tokens.request_as(reader, request)).await
    }

    pub async fn feed(&self, reader: Uuid, request: ListFeedRequest) -> ListFeedResponse {
        self.try_feed(reader, request).await.unwrap().into_inner()
    }

    /// The whole feed, newest first.
    pub async fn latest(&self, reader: Uuid) -> Vec<String> {
        let request = ListFeedRequest { order: FeedOrder::Latest.into(), page_size: 100, ..Default::default() };
        post_ids(&self.feed(reader, request).await)
    }

    /// Waits until the feed, newest first, is what it should be.
    pub async fn becomes(&self, reader: Uuid, expected: &[&Post]) {
        let expected: Vec<String> = expected.iter().map(|post| post.post_id.clone()).collect();
        eventually(SOON, || async {
            let latest = self.latest(reader).await;
            anyhow::ensure!(latest == expected, "{latest:?}, not {expected:?}");
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Waits until everything that was told so far was applied: topics of tests have one partition, and there is one post in each way
    /// that only an event of this topic brings.
    pub async fn settled(&self) {
        let (reader, published, followed) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        self.becomes(reader, &[]).await;
        self.users.follow(reader, published, now());
        let first = self.publish(published).await;
        self.becomes(reader, &[&first]).await;
        let second = self.written(followed, Visibility::Public);
        self.graph(reader, followed, GraphChange::Followed).await;
        self.becomes(reader, &[&second, &first]).await;
    }

    /// Redis has lost the feed, as when nobody reads it for long.
    pub async fn lose(&self, reader: Uuid) {
        let client = redis::Client::open(Stores::load().unwrap().redis_url().unwrap()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let feed = format!("{}feed:reader:{reader}", self.redis_prefix);
        let keys = ["", ":entries", ":following", ":interactions"].map(|part| format!("{feed}{part}"));
        let gone: i64 = redis::cmd("DEL").arg(&keys[..]).query_async(&mut connection).await.unwrap();
        assert!(gone >= 2, "{gone} keys");
    }

    pub fn with_token<T>(&self, token: &str, message: T) -> Request<T> {
        with_bearer(Request::new(message), token).unwrap()
    }
}

pub fn published(post: &Post) -> ContentEvent {
    content(post, 1, Happened::PostPublished(PostPublished { post: Some(post.clone()) }))
}

pub fn changed(post: &Post, sequence: i64) -> ContentEvent {
    content(post, sequence, Happened::PostChanged(PostChanged { post: Some(post.clone()) }))
}

pub fn deleted(post: &Post, sequence: i64) -> ContentEvent {
    content(post, sequence, Happened::PostDeleted(PostDeleted {}))
}

pub fn content(post: &Post, sequence: i64, event: Happened) -> ContentEvent {
    ContentEvent {
        event_id: id(),
        occur_time: Some(now()),
        post_id: post.post_id.clone(),
        author_id: post.author_id.clone(),
        sequence,
        event: Some(event),
    }
}

pub fn post_ids(feed: &ListFeedResponse) -> Vec<String> {
    feed.entries.iter().map(|entry| entry.post_id.clone()).collect()
}

/// In microseconds, as PostgreSQL has times.
pub fn now() -> prost_types::Timestamp {
    let mut now = prost_types::Timestamp::from(SystemTime::now());
    now.nanos -= now.nanos % 1_000;
    now
}

pub fn id() -> String {
    Uuid::now_v7().to_string()
}

/// The code of what was refused.
pub fn code<T>(outcome: Result<Response<T>, Status>) -> Code {
    outcome.err().map_or(Code::Ok, |status| status.code())
}

//! One service in this process, with topics, a folder and a neighbour of its own.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use clap::Parser;
use search_service::Settings;
use social_client::with_bearer;
use social_events::{Event, Publisher, topics};
use social_proto::content::v1::content_event::Event as Happened;
use social_proto::content::v1::{ContentEvent, Post, PostChanged, PostDeleted, PostPublished, Visibility};
use social_proto::search::v1::search_service_client::SearchServiceClient;
use social_proto::search::v1::*;
use social_proto::user::v1::user_event::Event as Became;
use social_proto::user::v1::user_service_server::UserServiceServer;
use social_proto::user::v1::*;
use social_runtime::{Handle, Runtime};
use social_testing::neighbour::{Users, authorization};
use social_testing::{Fake, Neighbour, Stores, TestTopics, Tokens, eventually, serve_fake, serve_fake_at, unique};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

pub const SOON: Duration = Duration::from_secs(20);

/// Everybody may be seen but those who are hidden.
#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Mutex<HashSet<String>>>);

impl FakeUsers {
    pub fn hide(&self, user: Uuid) {
        self.0.lock().unwrap().insert(user.to_string());
    }
}

#[tonic::async_trait]
impl Users for FakeUsers {
    async fn batch_get_profiles(
        &self,
        request: Request<BatchGetProfilesRequest>,
    ) -> Result<Response<BatchGetProfilesResponse>, Status> {
        authorization(&request)?;
        let ids = request.into_inner().user_ids;
        assert!((1..=100).contains(&ids.len()), "{} profiles", ids.len());
        let hidden = self.0.lock().unwrap();
        let seen = ids.into_iter().filter(|id| !hidden.contains(id));
        let profiles = seen.map(|user_id| Profile { user_id, ..Default::default() }).collect();
        Ok(Response::new(BatchGetProfilesResponse { profiles }))
    }
}

pub struct World {
    pub search: SearchServiceClient<Channel>,
    /// Of the REST edge.
    pub url: String,
    /// Of the probes.
    pub admin: String,
    pub tokens: Tokens,
    pub users: FakeUsers,
    pub folder: TempDir,
    settings: Settings,
    user_service: Option<Fake>,
    user_address: SocketAddr,
    publisher: Publisher,
    running: (Handle, JoinHandle<anyhow::Result<()>>),
    _auth: Fake,
    _topics: TestTopics,
}

impl World {
    pub async fn start() -> World {
        let stores = Stores::load().unwrap();
        let prefix = unique("search");
        let dead_letters =
            [topics::USER_EVENTS, topics::CONTENT_EVENTS].map(|topic| topics::dead_letter(topic, "search-service"));
        let names = [topics::USER_EVENTS, topics::CONTENT_EVENTS, &dead_letters[0], &dead_letters[1]];
        let topics = stores.topics(&prefix, &names, 1).await.unwrap();
        let (users, tokens, folder) = (FakeUsers::default(), Tokens::new(), tempfile::tempdir().unwrap());
        let auth = tokens.serve().await.unwrap();
        let user_service = serve_fake(UserServiceServer::new(Neighbour(users.clone()))).await.unwrap();
        let arguments = [
            ("--auth-service-url", auth.url()),
            ("--user-service-url", user_service.url()),
            ("--service-token-public-key", "of the test"),
            ("--index-path", folder.path().to_str().unwrap()),
            ("--kafka-brokers", stores.kafka_brokers().unwrap()),
            ("--kafka-topic-prefix", &prefix),
        ];
        let arguments = arguments.iter().flat_map(|(name, value)| [*name, *value]);
        let mut settings = Settings::try_parse_from(["search-service"].into_iter().chain(arguments)).unwrap();
        settings.auth = tokens.settings(auth.url());
        settings.runtime = social_runtime::Settings::ephemeral();

        let publisher = Publisher::new(&settings.kafka).unwrap();
        let (bound, running) = run(&settings).await;
        World {
            search: client(&bound),
            url: format!("http://{}", bound.http),
            admin: format!("http://{}", bound.admin),
            tokens,
            users,
            folder,
            settings,
            user_address: user_service.address(),
            user_service: Some(user_service),
            publisher,
            running,
            _auth: auth,
            _topics: topics,
        }
    }

    /// Ends the service as SIGTERM does.
    pub async fn stop(self) {
        end(self.running).await;
    }

    /// Ends it, does something, and starts it again.
    pub async fn restart(mut self, meanwhile: impl FnOnce(&World)) -> World {
        let (handle, service) = self.running;
        end((handle.clone(), service)).await;
        self.running = (handle, tokio::spawn(async { Ok(()) }));
        meanwhile(&self);
        let (bound, running) = run(&self.settings).await;
        World {
            search: client(&bound),
            url: format!("http://{}", bound.http),
            admin: format!("http://{}", bound.admin),
            running,
            ..self
        }
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

    pub async fn tell<E: Event>(&self, topic: &'static str, event: &E) {
        self.publisher.publish(topic, event).await.unwrap();
    }

    pub async fn user(&self, handle: &str, display_name: &str, bio: &str) -> Uuid {
        let user = Uuid::now_v7();
        let created = ProfileCreated { handle: handle.to_owned(), display_name: display_name.to_owned() };
        self.tell(topics::USER_EVENTS, &became(user, 1, Became::Created(created))).await;
        if !bio.is_empty() {
            self.tell(topics::USER_EVENTS, &became(user, 2, updated(handle, display_name, bio, true))).await;
        }
        user
    }

    /// A public post whose tags are what follows "#".
    pub async fn post(&self, author: Uuid, text: &str) -> Post {
        self.post_at(author, text, SystemTime::now()).await
    }

    pub async fn post_at(&self, author: Uuid, text: &str, time: SystemTime) -> Post {
        let tags = text.split_whitespace().filter_map(|word| word.strip_prefix('#')).map(str::to_lowercase).collect();
        let post = Post {
            post_id: Uuid::now_v7().to_string(),
            author_id: author.to_string(),
            text: text.to_owned(),
            visibility: Visibility::Public.into(),
            tags,
            create_time: Some(time.into()),
            ..Default::default()
        };
        self.tell(topics::CONTENT_EVENTS, &published(&post)).await;
        post
    }

    /// Waits until everything that was told so far is in the index: topics of tests have one partition.
    pub async fn settled(&self) {
        let word = format!("settled{}", Uuid::now_v7().simple());
        let user = self.user("settled", &word, "").await;
        let post = self.post(user, &word).await;
        self.finds_users(&word, &[user]).await;
        self.finds_posts(&word, &[&post]).await;
    }

    pub async fn try_users(&self, request: SearchUsersRequest) -> Result<Response<SearchUsersResponse>, Status> {
        self.search.clone().search_users(self.tokens.request_as(Uuid::now_v7(), request)).await
    }

    pub async fn try_posts(&self, request: SearchPostsRequest) -> Result<Response<SearchPostsResponse>, Status> {
        self.search.clone().search_posts(self.tokens.request_as(Uuid::now_v7(), request)).await
    }

    pub async fn posts(&self, request: SearchPostsRequest) -> SearchPostsResponse {
        self.try_posts(request).await.unwrap().into_inner()
    }

    pub async fn tags(&self, prefix: &str) -> Vec<(String, i64)> {
        let request = SearchTagsRequest { prefix: prefix.to_owned(), ..Default::default() };
        let response = self.search.clone().search_tags(self.tokens.request_as(Uuid::now_v7(), request)).await;
        response.unwrap().into_inner().hits.into_iter().map(|hit| (hit.tag, hit.post_count)).collect()
    }

    pub async fn suggest(&self, prefix: &str) -> Result<SuggestResponse, Status> {
        let request = SuggestRequest { prefix: prefix.to_owned(), limit: 0 };
        Ok(self.search.clone().suggest(self.tokens.request_as(Uuid::now_v7(), request)).await?.into_inner())
    }

    /// Waits until exactly these are found, in this order.
    pub async fn finds_users(&self, query: &str, expected: &[Uuid]) {
        let expected: Vec<String> = expected.iter().map(Uuid::to_string).collect();
        eventually(SOON, || async {
            let request = SearchUsersRequest { query: query.to_owned(), page_size: 100, ..Default::default() };
            let found = self.try_users(request).await?.into_inner();
            let found: Vec<String> = found.hits.into_iter().map(|hit| hit.user_id).collect();
            anyhow::ensure!(found == expected, "{query}: {found:?}, not {expected:?}");
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Waits until exactly these are found, in this order.
    pub async fn finds_posts(&self, query: &str, expected: &[&Post]) {
        let request = SearchPostsRequest { query: query.to_owned(), page_size: 100, ..Default::default() };
        self.finds(request, expected).await;
    }

    pub async fn finds(&self, request: SearchPostsRequest, expected: &[&Post]) {
        let expected: Vec<&str> = expected.iter().map(|post| post.post_id.as_str()).collect();
        eventually(SOON, || async {
            let found = self.try_posts(request.clone()).await?.into_inner();
            let found: Vec<&str> = found.hits.iter().map(|hit| hit.post_id.as_str()).collect();
            anyhow::ensure!(found == expected, "{request:?}: {found:?}, not {expected:?}");
            Ok(())
        })
        .await
        .unwrap();
    }

    pub fn with_token<T>(&self, token: &str, message: T) -> Request<T> {
        with_bearer(Request::new(message), token).unwrap()
    }

    pub fn as_operator<T>(&self, message: T) -> Request<T> {
        self.with_token(&self.tokens.operator(), message)
    }

    pub async fn is_ready(&self) -> bool {
        reqwest::get(format!("{}/readyz", self.admin)).await.unwrap().status() == 200
    }
}

async fn run(settings: &Settings) -> (social_runtime::Bound, (Handle, JoinHandle<anyhow::Result<()>>)) {
    let runtime = Runtime::bind("search-service", &settings.runtime).await.unwrap();
    let (bound, handle) = (runtime.bound(), runtime.handle());
    let service = tokio::spawn(search_service::serve(settings.clone(), runtime));
    tokio::time::timeout(SOON, handle.ready()).await.expect("the service becomes ready");
    (bound, (handle, service))
}

async fn end((handle, service): (Handle, JoinHandle<anyhow::Result<()>>)) {
    handle.shutdown();
    service.await.unwrap().unwrap();
}

fn client(bound: &social_runtime::Bound) -> SearchServiceClient<Channel> {
    SearchServiceClient::new(Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect_lazy())
}

pub fn became(user: Uuid, sequence: i64, event: Became) -> UserEvent {
    UserEvent {
        event_id: id(),
        occur_time: Some(SystemTime::now().into()),
        user_id: user.to_string(),
        sequence,
        event: Some(event),
    }
}

pub fn updated(handle: &str, display_name: &str, bio: &str, discoverable: bool) -> Became {
    Became::Updated(ProfileUpdated {
        handle: handle.to_owned(),
        display_name: display_name.to_owned(),
        bio: bio.to_owned(),
        avatar_media_id: String::new(),
        discoverable,
    })
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
        occur_time: Some(SystemTime::now().into()),
        post_id: post.post_id.clone(),
        author_id: post.author_id.clone(),
        sequence,
        event: Some(event),
    }
}

pub fn id() -> String {
    Uuid::now_v7().to_string()
}

/// The code of what was refused.
pub fn code<T>(outcome: Result<Response<T>, Status>) -> Code {
    outcome.err().map_or(Code::Ok, |status| status.code())
}

//! A service of its own for each test, with users that came by events.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Parser;
use social_events::{ConsumeError, Event, Handler, Publisher, Received, replay, topics};
use social_proto::auth::v1::{AccountDeleted, AccountEvent, AccountRegistered, account_event};
use social_proto::user::v1::user_service_client::UserServiceClient;
use social_proto::user::v1::*;
use social_runtime::{Handle, Runtime};
use social_testing::{Fake, Stores, TestDatabase, TestTopics, Tokens, eventually, nobody, unique};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use user_service::{RebuildSettings, Settings};
use uuid::Uuid;

/// How long something may take that comes by events.
pub const SOON: Duration = Duration::from_secs(15);

pub struct World {
    pub users: UserServiceClient<Channel>,
    pub tokens: Tokens,
    /// Of the REST edge.
    pub http: String,
    /// Of metrics and probes.
    pub admin: String,
    pub settings: Settings,
    pub database: TestDatabase,
    publisher: Publisher,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
    _auth: Fake,
    _topics: TestTopics,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(true).await
    }

    pub async fn without_neo4j() -> Self {
        Self::start_with(false).await
    }

    async fn start_with(with_neo4j: bool) -> Self {
        let stores = Stores::load().unwrap();
        let prefix = unique("user");
        let dead_letters = topics::dead_letter(topics::ACCOUNT_EVENTS, "user-service");
        let names = [topics::ACCOUNT_EVENTS, topics::USER_EVENTS, topics::GRAPH_EVENTS, &dead_letters];
        let topics = stores.topics(&prefix, &names, 3).await.unwrap();
        let database = stores.database(&user_service::EXPAND).await.unwrap();
        let tokens = Tokens::new();
        let auth = tokens.serve().await.unwrap();

        let neo4j = stores.neo4j().unwrap();
        let neo4j_uri = if with_neo4j { neo4j.uri.clone() } else { nobody().await.unwrap().replace("http", "bolt") };
        let mut settings = Settings::parse_from([
            "user-service",
            "--database-url",
            database.url(),
            // Making a connection is slow in a debug build, because of the password's hash.
            "--database-acquire-timeout",
            "9s",
            "--kafka-brokers",
            stores.kafka_brokers().unwrap(),
            "--kafka-topic-prefix",
            &prefix,
            "--neo4j-uri",
            &neo4j_uri,
            "--neo4j-user",
            &neo4j.user,
            "--neo4j-password",
            &neo4j.password,
            "--auth-service-url",
            auth.url(),
            "--service-token-public-key",
            "given below",
            "--sweep-interval",
            "200ms",
        ]);
        settings.runtime = social_runtime::Settings::ephemeral();
        settings.auth = tokens.settings(auth.url());

        let runtime = Runtime::bind("user-service", &settings.runtime).await.unwrap();
        let (bound, handle) = (runtime.bound(), runtime.handle());
        let service = tokio::spawn(user_service::serve(settings.clone(), runtime));
        tokio::time::timeout(SOON, handle.ready()).await.expect("the service is ready");
        let channel = Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect().await.unwrap();
        Self {
            users: UserServiceClient::new(channel),
            tokens,
            http: format!("http://{}", bound.http),
            admin: format!("http://{}", bound.admin),
            publisher: Publisher::new(&settings.kafka).unwrap(),
            settings,
            database,
            handle,
            service,
            _auth: auth,
            _topics: topics,
        }
    }

    /// Stops in order; fails when that does not work.
    pub async fn stop(self) {
        self.handle.shutdown();
        tokio::time::timeout(SOON, self.service).await.expect("the service stops").unwrap().unwrap();
    }

    /// Users with profiles, of handles that begin with the given name.
    pub async fn users<const N: usize>(&self, name: &str) -> [Uuid; N] {
        let user_ids = [(); N].map(|()| Uuid::now_v7());
        let named = user_ids.iter().enumerate();
        let events: Vec<AccountEvent> = named.map(|(index, id)| registered(*id, &format!("{name}_{index}"))).collect();
        self.publish(&events).await;
        let ids: Vec<String> = user_ids.iter().map(Uuid::to_string).collect();
        eventually(SOON, || async {
            let request = BatchGetProfilesRequest { user_ids: ids.clone() };
            let found = self.users.clone().batch_get_profiles(self.as_service(request)).await?.into_inner();
            anyhow::ensure!(found.profiles.len() == N, "{} of {N} profiles", found.profiles.len());
            Ok(())
        })
        .await
        .unwrap();
        user_ids
    }

    pub async fn publish(&self, events: &[AccountEvent]) {
        self.publisher.publish_all(topics::ACCOUNT_EVENTS, events).await.unwrap();
    }

    /// A request on behalf of a user.
    pub fn as_user<T>(&self, user_id: Uuid, message: T) -> Request<T> {
        self.tokens.request_as(user_id, message)
    }

    /// A request of a service that acts on its own.
    pub fn as_service<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.tokens.service("feed-service"));
        request.metadata_mut().insert("authorization", bearer.parse().unwrap());
        request
    }

    /// All events of a topic so far, each once, in the order of their keys' partitions.
    pub async fn events<E: Event + 'static>(&self) -> Vec<E> {
        let seen = Collect(Mutex::new(Vec::new()));
        replay::read_all(&self.settings.kafka, &[E::TOPIC], &seen, &CancellationToken::new()).await.unwrap();
        seen.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn profile(&self, caller: Uuid, user_id: Uuid) -> Result<Profile, Status> {
        let by = Some(get_profile_request::By::UserId(user_id.to_string()));
        let answer = self.users.clone().get_profile(self.as_user(caller, GetProfileRequest { by })).await?;
        Ok(answer.into_inner().profile.unwrap())
    }

    pub async fn follow(&self, from: Uuid, to: Uuid) -> Result<Response<FollowResponse>, Status> {
        self.users.clone().follow(self.as_user(from, FollowRequest { user_id: to.to_string() })).await
    }

    pub async fn unfollow(&self, from: Uuid, to: Uuid) -> Result<Response<UnfollowResponse>, Status> {
        self.users.clone().unfollow(self.as_user(from, UnfollowRequest { user_id: to.to_string() })).await
    }

    pub async fn block(&self, from: Uuid, to: Uuid) -> Result<Response<BlockResponse>, Status> {
        self.users.clone().block(self.as_user(from, BlockRequest { user_id: to.to_string() })).await
    }

    pub async fn unblock(&self, from: Uuid, to: Uuid) -> Result<Response<UnblockResponse>, Status> {
        self.users.clone().unblock(self.as_user(from, UnblockRequest { user_id: to.to_string() })).await
    }

    /// Followers and followed ones that a profile counts.
    pub async fn counts(&self, user_id: Uuid) -> (i64, i64) {
        let profile = self.profile(user_id, user_id).await.unwrap();
        (profile.follower_count, profile.following_count)
    }

    /// All followers that the request of the given maker shows, in pages of a size.
    pub async fn followers(
        &self,
        of: Uuid,
        page_size: i32,
        as_caller: impl Fn(ListFollowersRequest) -> Request<ListFollowersRequest>,
    ) -> Vec<Uuid> {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListFollowersRequest { user_id: of.to_string(), page_size, page_token };
            let page = self.users.clone().list_followers(as_caller(request)).await.unwrap().into_inner();
            assert!(page.followers.len() <= page_size as usize);
            found.extend(page.followers.iter().map(|entry| entry.user_id.parse::<Uuid>().unwrap()));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return found;
            }
        }
    }

    /// Settings of a rebuild that deletes nothing that other tests have made.
    pub fn rebuild_settings(&self) -> RebuildSettings {
        RebuildSettings {
            telemetry: self.settings.telemetry.clone(),
            database: self.settings.database.clone(),
            graph: self.settings.graph.clone(),
            rebuild_stale_age: "20years".parse().unwrap(),
        }
    }
}

struct Collect<E>(Mutex<Vec<E>>);

impl<E: Event + 'static> Handler for Collect<E> {
    async fn apply(&self, event: Received) -> Result<(), ConsumeError> {
        let event = event.decode()?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        Ok(())
    }
}

pub fn registered(user_id: Uuid, handle: &str) -> AccountEvent {
    account(user_id, 1, account_event::Event::Registered(AccountRegistered { handle: handle.to_owned() }))
}

pub fn deleted(user_id: Uuid) -> AccountEvent {
    account(user_id, 2, account_event::Event::Deleted(AccountDeleted {}))
}

fn account(user_id: Uuid, sequence: i64, event: account_event::Event) -> AccountEvent {
    AccountEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(std::time::SystemTime::now().into()),
        account_id: user_id.to_string(),
        sequence,
        event: Some(event),
    }
}

/// The code of a refusal.
pub fn code<T>(result: Result<T, Status>) -> Code {
    result.err().map_or(Code::Ok, |status| status.code())
}

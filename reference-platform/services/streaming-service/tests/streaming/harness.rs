//! Replicas of the service with a database of their own, in this process; and encoders.

use std::time::Duration;

use clap::Parser;
use social_proto::streaming::v1::ingest_segments_request::Part;
use social_proto::streaming::v1::streaming_service_client::StreamingServiceClient;
use social_proto::streaming::v1::*;
use social_proto::user::v1::user_service_server::UserServiceServer;
use social_runtime::{Handle, Runtime};
use social_testing::{Fake, Neighbour, Stores, TestDatabase, Tokens, serve_fake, unique};
use streaming_service::Settings;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::fakes::FakeUsers;

/// How long something may take that comes by itself.
pub const SOON: Duration = Duration::from_secs(15);
/// Where nobody listens.
pub const NOBODY: &str = "127.0.0.1:1";

pub struct World {
    pub streaming: StreamingServiceClient<Channel>,
    /// Of the REST edge.
    pub url: String,
    pub tokens: Tokens,
    pub database: TestDatabase,
    pub users: FakeUsers,
    pub settings: Settings,
    replica: Replica,
    _neighbours: [Fake; 2],
}

/// One process of the service.
pub struct Replica {
    pub streaming: StreamingServiceClient<Channel>,
    pub url: String,
    grpc: std::net::SocketAddr,
    handle: Handle,
    service: JoinHandle<anyhow::Result<()>>,
}

impl World {
    /// Kafka is away, as it may be.
    pub async fn start() -> World {
        World::start_with(|_| {}).await
    }

    pub async fn start_with(adjust: impl FnOnce(&mut Settings)) -> World {
        let stores = Stores::load().unwrap();
        let database = stores.database(&streaming_service::EXPAND).await.unwrap();
        let (users, tokens) = (FakeUsers::default(), Tokens::new());
        let neighbours = [
            tokens.serve().await.unwrap(),
            serve_fake(UserServiceServer::new(Neighbour(users.clone()))).await.unwrap(),
        ];
        let arguments = [
            ("--auth-service-url", neighbours[0].url()),
            ("--user-service-url", neighbours[1].url()),
            ("--service-token-public-key", "of the test"),
            ("--database-url", database.url()),
            ("--database-max-connections", "6"),
            ("--database-acquire-timeout", "5s"),
            ("--redis-url", stores.redis_url().unwrap()),
            ("--redis-prefix", &unique("streaming")),
            ("--kafka-brokers", NOBODY),
            ("--relation-cache-ttl", "50ms"),
            ("--sweep-interval", "100ms"),
            ("--count-interval", "100ms"),
            ("--purge-interval", "100ms"),
            ("--resume-window", "2s"),
            ("--snapshot-every", "3"),
        ];
        let arguments = arguments.iter().flat_map(|(name, value)| [*name, *value]);
        let mut settings = Settings::try_parse_from(["streaming-service"].into_iter().chain(arguments)).unwrap();
        settings.auth = tokens.settings(neighbours[0].url());
        settings.runtime = social_runtime::Settings::ephemeral();
        adjust(&mut settings);
        let replica = Replica::start(settings.clone()).await;
        World {
            streaming: replica.streaming.clone(),
            url: replica.url.clone(),
            tokens,
            database,
            users,
            settings,
            replica,
            _neighbours: neighbours,
        }
    }

    /// Of the gRPC edge.
    pub fn grpc_url(&self) -> String {
        format!("http://{}", self.replica.grpc)
    }

    /// Another replica.
    pub async fn another(&self) -> Replica {
        Replica::start(self.settings.clone()).await
    }

    /// Ends the service as SIGTERM does. Without it the service ends with its test.
    pub async fn stop(self) {
        self.replica.stop().await;
    }

    pub fn as_user<T>(&self, account_id: Uuid, message: T) -> Request<T> {
        self.tokens.request_as(account_id, message)
    }

    /// A new stream and its key.
    pub async fn create(&self, owner: Uuid, title: &str) -> (Stream, String) {
        let request = CreateStreamRequest { request_id: id(), title: title.to_owned() };
        let response = self.streaming.clone().create_stream(self.as_user(owner, request)).await.unwrap().into_inner();
        (response.stream.unwrap(), response.stream_key)
    }

    /// A stream with some segments, and its encoder, which goes on.
    pub async fn live(&self, owner: Uuid, segments: i64) -> (Stream, Encoder) {
        let (stream, key) = self.create(owner, "live").await;
        let encoder = self.encoder(&stream.stream_id, &key).await;
        for sequence in 1..=segments {
            encoder.send(sequence).await;
        }
        self.stored(&stream.stream_id, segments).await;
        (self.get(&stream.stream_id).await.unwrap(), encoder)
    }

    pub async fn encoder(&self, stream_id: &str, key: &str) -> Encoder {
        Encoder::begin(self.streaming.clone(), stream_id, key).await
    }

    pub async fn get(&self, stream_id: &str) -> Result<Stream, Status> {
        let request = GetStreamRequest { stream_id: stream_id.to_owned() };
        let response = self.streaming.clone().get_stream(self.as_user(Uuid::nil(), request)).await?;
        Ok(response.into_inner().stream.unwrap())
    }

    /// The stream as soon as it is in a state.
    pub async fn until(&self, stream_id: &str, state: StreamState) -> Stream {
        social_testing::eventually(SOON, || async {
            let stream = self.get(stream_id).await?;
            anyhow::ensure!(stream.state() == state, "{stream:?}");
            Ok(stream)
        })
        .await
        .unwrap()
    }

    /// Returns when so many segments are stored, and the stream is live.
    pub async fn stored(&self, stream_id: &str, segments: i64) {
        social_testing::eventually(SOON, || async {
            let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM segments WHERE stream_id = $1")
                .bind(Uuid::parse_str(stream_id)?)
                .fetch_one(self.database.pool())
                .await?;
            anyhow::ensure!(stored == segments, "{stored} segments are stored");
            anyhow::ensure!(self.get(stream_id).await?.state() == StreamState::Live);
            Ok(())
        })
        .await
        .unwrap();
    }

    pub async fn rotate(&self, owner: Uuid, stream_id: &str, request_id: &str) -> Result<String, Status> {
        let request = RotateStreamKeyRequest { request_id: request_id.to_owned(), stream_id: stream_id.to_owned() };
        let response = self.streaming.clone().rotate_stream_key(self.as_user(owner, request)).await?;
        Ok(response.into_inner().stream_key)
    }

    pub async fn end(&self, owner: Uuid, stream_id: &str) -> Result<Stream, Status> {
        let request = EndStreamRequest { stream_id: stream_id.to_owned() };
        let response = self.streaming.clone().end_stream(self.as_user(owner, request)).await?;
        Ok(response.into_inner().stream.unwrap())
    }

    /// The states in the history of a stream.
    pub async fn history(&self, owner: Uuid, stream_id: &str) -> Vec<StreamState> {
        let request = ListStreamHistoryRequest { stream_id: stream_id.to_owned(), ..Default::default() };
        let response = self.streaming.clone().list_stream_history(self.as_user(owner, request)).await.unwrap();
        let entries = response.into_inner().entries;
        let sequences: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(sequences, (1..=entries.len() as i64).collect::<Vec<_>>());
        entries.iter().map(StreamHistoryEntry::state).collect()
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self.database.pool()).await.unwrap()
    }
}

impl Replica {
    async fn start(settings: Settings) -> Replica {
        let runtime = Runtime::bind("streaming-service", &settings.runtime).await.unwrap();
        let (bound, handle) = (runtime.bound(), runtime.handle());
        let service = tokio::spawn(streaming_service::serve(settings, runtime));
        tokio::time::timeout(Duration::from_secs(30), handle.ready()).await.expect("the service becomes ready");
        let channel = Channel::from_shared(format!("http://{}", bound.grpc)).unwrap().connect_lazy();
        Replica {
            streaming: StreamingServiceClient::new(channel),
            url: format!("http://{}", bound.http),
            grpc: bound.grpc,
            handle,
            service,
        }
    }

    pub async fn stop(self) {
        self.handle.shutdown();
        self.service.await.unwrap().unwrap();
    }
}

/// An encoder that sends.
pub struct Encoder {
    messages: Option<mpsc::Sender<IngestSegmentsRequest>>,
    answer: JoinHandle<Result<Response<IngestSegmentsResponse>, Status>>,
}

impl Encoder {
    /// Without a token: the key is enough.
    pub async fn begin(streaming: StreamingServiceClient<Channel>, stream_id: &str, key: &str) -> Encoder {
        let header = IngestHeader { stream_id: stream_id.to_owned(), stream_key: key.to_owned() };
        let encoder = Encoder::raw(streaming);
        encoder.message(Part::Header(header)).await;
        encoder
    }

    /// One that has said nothing yet.
    pub fn raw(mut streaming: StreamingServiceClient<Channel>) -> Encoder {
        let (messages, receiver) = mpsc::channel(16);
        let answer = tokio::spawn(async move { streaming.ingest_segments(ReceiverStream::new(receiver)).await });
        Encoder { messages: Some(messages), answer }
    }

    pub async fn message(&self, part: Part) {
        let message = IngestSegmentsRequest { part: Some(part) };
        // The answer tells if nobody takes it.
        self.messages.as_ref().unwrap().send(message).await.ok();
    }

    pub async fn send(&self, sequence: i64) {
        self.message(Part::Segment(segment(sequence))).await;
    }

    /// Has nothing more to send.
    pub async fn finish(mut self) -> Result<i64, Status> {
        self.messages.take();
        self.answered().await
    }

    /// Is answered without having finished.
    pub async fn answered(self) -> Result<i64, Status> {
        let answer = tokio::time::timeout(SOON, self.answer).await.expect("the encoder is answered").unwrap();
        Ok(answer?.into_inner().last_sequence)
    }

    /// Is gone without a word.
    pub fn vanish(self) {
        self.answer.abort();
    }
}

/// A segment that can be played: there are four of them, of a second each, which come again and again.
pub fn segment(sequence: i64) -> Segment {
    let content: &[u8] = match sequence.rem_euclid(4) {
        1 => include_bytes!("fixtures/segment-1.ts"),
        2 => include_bytes!("fixtures/segment-2.ts"),
        3 => include_bytes!("fixtures/segment-3.ts"),
        _ => include_bytes!("fixtures/segment-4.ts"),
    };
    let duration = Some(prost_types::Duration { seconds: 1, nanos: 0 });
    Segment { sequence, duration, content: content.to_vec() }
}

/// The code of what was refused.
pub fn code<T>(outcome: Result<T, Status>) -> Code {
    outcome.err().map_or(Code::Ok, |status| status.code())
}

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

//! What clients do on a platform, call by call: for load, for failures, for restarts. Each operation is one use of one API, against
//! people and posts that [`World::prepare`] has made.

mod operation;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use social_proto::messaging::v1::CreateConversationRequest;
use social_proto::streaming::v1::CreateStreamRequest;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tonic::{Code, Status};
use uuid::Uuid;

pub use operation::{Answer, Operation};

use crate::client::{Api, Channels, Encoder, SEGMENT, Session};
use crate::demo::analytics;
use crate::progress::Progress;
use crate::seed::{self, Seeded, Size};
use crate::services::Services;

/// An encoder that was cut off comes back after so long.
const COME_BACK: Duration = Duration::from_millis(500);

/// What operations work on.
pub struct World {
    channels: Channels,
    operator: Api,
    seeded: Seeded,
    /// Between each of the people and the next one; empty without messaging-service.
    conversations: Vec<String>,
    /// Nothing without streaming-service.
    live: Option<Live>,
    /// Operations take turns with people.
    turn: AtomicUsize,
}

impl World {
    /// Seeds, begins conversations and a live stream, with what was brought up of the services.
    pub async fn prepare(services: &Services, size: &Size, progress: &Progress) -> Result<Self> {
        let channels = Channels::to(services)?;
        let operator = channels.operator(services)?;
        let up = services.replicas()?;
        let has = |service: &str| up.contains(&format!("{service}-1"));
        let mut size = size.clone();
        if !has("media") {
            size.images = 0;
        }
        let seeded = seed::run(&channels, &size, progress).await?;
        let mut conversations = Vec::new();
        if has("messaging") {
            for (number, person) in seeded.people.iter().enumerate() {
                let other = &seeded.people[(number + 1) % seeded.people.len()];
                conversations.push(converse(person, other).await.context("cannot begin a conversation")?);
            }
        }
        let live = match seeded.people.first() {
            Some(owner) if has("streaming") => Some(Live::begin(owner).await.context("cannot begin a stream")?),
            _ => None,
        };
        if has("events") {
            analytics::put_schema(&operator).await.context("cannot put the schema of clients' events")?;
        }
        Ok(Self { channels, operator, seeded, conversations, live, turn: AtomicUsize::new(0) })
    }

    /// Whose turn it is, by number.
    fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed) % self.seeded.people.len()
    }

    fn person(&self, number: usize) -> &Session {
        &self.seeded.people[number % self.seeded.people.len()]
    }
}

async fn converse(person: &Session, other: &Session) -> Result<String> {
    let request = CreateConversationRequest {
        request_id: Uuid::new_v4().to_string(),
        member_ids: vec![other.account_id.clone()],
        title: String::new(),
    };
    let conversation = person.api.messaging().create_conversation(request).await?.into_inner().conversation;
    Ok(conversation.context("no conversation")?.conversation_id)
}

/// The stream of the platform that is live: the first of the people goes on with it, in the background, for as long as this lives.
/// An encoder comes back whatever happens to it; where its stream has ended meanwhile it begins another one.
struct Live {
    stream_id: Arc<Mutex<String>>,
    encoding: JoinHandle<()>,
}

impl Live {
    async fn begin(owner: &Session) -> Result<Self> {
        let (stream_id, stream_key) = stream(&owner.api).await?;
        let current = Arc::new(Mutex::new(stream_id.clone()));
        let encoding = tokio::spawn(encode(owner.api.clone(), stream_id, stream_key, current.clone()));
        Ok(Self { stream_id: current, encoding })
    }

    fn stream_id(&self) -> String {
        self.stream_id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.encoding.abort();
    }
}

async fn stream(api: &Api) -> Result<(String, String), Status> {
    let request = CreateStreamRequest { request_id: Uuid::new_v4().to_string(), title: "Looms".to_owned() };
    let made = api.streaming().create_stream(request).await?.into_inner();
    Ok((made.stream.unwrap_or_default().stream_id, made.stream_key))
}

async fn encode(api: Api, mut stream_id: String, mut stream_key: String, current: Arc<Mutex<String>>) {
    let mut sequence = 1;
    loop {
        let encoder = Encoder::begin(&api, &stream_id, &stream_key).await;
        while encoder.segment(sequence).await {
            sequence += 1;
            sleep(SEGMENT).await;
        }
        match encoder.end().await {
            Ok(last) => sequence = last + 1,
            Err(status) if status.code() == Code::FailedPrecondition => {
                if let Ok((id, key)) = self::stream(&api).await {
                    *current.lock().unwrap_or_else(PoisonError::into_inner) = id.clone();
                    (stream_id, stream_key, sequence) = (id, key, 1);
                }
            }
            // Not known how far it came: what is there already is passed over.
            Err(_) => sequence = (sequence - 2).max(1),
        }
        sleep(COME_BACK).await;
    }
}

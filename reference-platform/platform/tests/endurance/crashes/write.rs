//! What people do while processes are killed. What fails is sent again with the same id, until it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platform::client::{Channels, Encoder, Session, image, register, upload};
use platform::seed::PASSWORD;
use social_proto::content::v1::{CreateCommentRequest, CreatePostRequest, Visibility};
use social_proto::messaging::v1::{CreateConversationRequest, SendMessageRequest};
use social_proto::streaming::v1::{CreateStreamRequest, RotateStreamKeyRequest};
use tokio::time::{Instant, sleep};
use tonic::Code;
use uuid::Uuid;

/// Between two rounds of one person.
const PAUSE: Duration = Duration::from_millis(500);
/// What costs much is done in each so many rounds.
const SELDOM: usize = 4;
/// A process that was killed is back much sooner.
const PATIENCE: Duration = Duration::from_secs(60);

/// What clients were told is done.
#[derive(Default)]
pub struct Done {
    /// Author, and how many comments.
    pub posts: BTreeMap<String, (usize, usize)>,
    /// By conversation: who was written to, and how often.
    pub messages: BTreeMap<String, (usize, usize)>,
    /// Files that are ready, with their owners.
    pub files: BTreeMap<String, usize>,
    /// Streams that went live, with their owners.
    pub streams: BTreeMap<String, usize>,
    /// Accounts.
    pub accounts: BTreeSet<String>,
}

impl Done {
    /// What another person has done, too.
    pub fn add(&mut self, other: Self) {
        self.posts.extend(other.posts);
        self.messages.extend(other.messages);
        self.files.extend(other.files);
        self.streams.extend(other.streams);
        self.accounts.extend(other.accounts);
    }
}

/// One of the people, all of whom follow each other.
pub struct Writer {
    pub channels: Channels,
    pub people: Arc<Vec<Session>>,
    pub number: usize,
    pub stop: Arc<AtomicBool>,
}

impl Writer {
    /// Goes on until it is told to stop.
    pub async fn run(self) -> Done {
        let mut done = Done::default();
        let conversation_id = until_done(Uuid::new_v4(), |id| self.converse(id)).await;
        for round in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let post_id = until_done(Uuid::new_v4(), |id| self.post(id)).await;
            until_done(Uuid::new_v4(), |id| self.comment(id, &post_id)).await;
            done.posts.insert(post_id, (self.number, 1));
            until_done(Uuid::new_v4(), |id| self.message(id, &conversation_id)).await;
            done.messages.entry(conversation_id.clone()).or_insert((self.next_number(), 0)).1 += 1;
            if round % SELDOM == 0 {
                let picture = image(round as u8).unwrap();
                let me = &self.people[self.number].api;
                let file = until_done(Uuid::new_v4(), |id| upload(me, id, &picture)).await;
                done.files.insert(file.media_id, self.number);
                done.streams.insert(until_done(Uuid::new_v4(), |id| self.stream(id)).await, self.number);
                let handle = format!("crash_{}_{round}", self.number);
                done.accounts.insert(until_done(Uuid::new_v4(), |_| self.account(&handle)).await);
            }
            sleep(PAUSE).await;
        }
        done
    }

    fn me(&self) -> &Session {
        &self.people[self.number]
    }

    fn next_number(&self) -> usize {
        (self.number + 1) % self.people.len()
    }

    fn next(&self) -> &Session {
        &self.people[self.next_number()]
    }

    async fn post(&self, id: Uuid) -> Result<String> {
        let request = CreatePostRequest {
            request_id: id.to_string(),
            text: "One of many #crashed".to_owned(),
            media_ids: Vec::new(),
            visibility: Visibility::Public.into(),
        };
        Ok(self.me().api.content().create_post(request).await?.into_inner().post.context("no post")?.post_id)
    }

    async fn comment(&self, id: Uuid, post_id: &str) -> Result<()> {
        let request = CreateCommentRequest {
            request_id: id.to_string(),
            post_id: post_id.to_owned(),
            parent_id: String::new(),
            text: "Seen".to_owned(),
        };
        self.next().api.content().create_comment(request).await?;
        Ok(())
    }

    /// With the next one; for each there is another next one.
    async fn converse(&self, id: Uuid) -> Result<String> {
        let request = CreateConversationRequest {
            request_id: id.to_string(),
            member_ids: vec![self.next().account_id.clone()],
            title: String::new(),
        };
        let answer = self.me().api.messaging().create_conversation(request).await?.into_inner();
        Ok(answer.conversation.context("no conversation")?.conversation_id)
    }

    async fn message(&self, id: Uuid, conversation_id: &str) -> Result<()> {
        let request = SendMessageRequest {
            request_id: id.to_string(),
            conversation_id: conversation_id.to_owned(),
            text: "Still there?".to_owned(),
            media_ids: Vec::new(),
        };
        self.me().api.messaging().send_message(request).await?;
        Ok(())
    }

    /// The id of the request follows from the handle.
    async fn account(&self, handle: &str) -> Result<String> {
        register(&self.channels, handle, PASSWORD).await?.context("the account is somebody else's")
    }

    async fn new_key(&self, stream_id: &str) -> Result<String> {
        let request =
            RotateStreamKeyRequest { request_id: Uuid::new_v4().to_string(), stream_id: stream_id.to_owned() };
        Ok(self.me().api.streaming().rotate_stream_key(request).await?.into_inner().stream_key)
    }

    /// A stream that went live: its first segment is stored.
    async fn stream(&self, id: Uuid) -> Result<String> {
        let request = CreateStreamRequest { request_id: id.to_string(), title: "Crashed".to_owned() };
        let made = self.me().api.streaming().create_stream(request).await?.into_inner();
        let stream_id = made.stream.context("no stream")?.stream_id;
        // It is told once, and the answer may have been lost.
        let key = if made.stream_key.is_empty() { self.new_key(&stream_id).await? } else { made.stream_key };
        let encoder = Encoder::begin(&self.me().api, &stream_id, &key).await;
        encoder.segment(1).await;
        match encoder.end().await {
            Ok(last) => ensure!(last >= 1, "nothing was stored"),
            // It was stored before, and the stream has ended since.
            Err(status) if status.code() == Code::FailedPrecondition => {}
            Err(status) => return Err(status.into()),
        }
        Ok(stream_id)
    }
}

async fn until_done<T, C: Future<Output = Result<T>>>(id: Uuid, call: impl Fn(Uuid) -> C) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        match call(id).await {
            Ok(answer) => return answer,
            Err(error) => {
                assert!(Instant::now() < until, "still {error:#}");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

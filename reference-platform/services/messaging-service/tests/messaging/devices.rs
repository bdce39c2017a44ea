//! A device of a user with a live session over gRPC.

use std::time::Duration;

use social_proto::messaging::v1::chat_request::Event as Said;
use social_proto::messaging::v1::chat_response::Event;
use social_proto::messaging::v1::messaging_service_client::MessagingServiceClient;
use social_proto::messaging::v1::{ChatBegin, ChatMessage, ChatRequest, ChatResponse};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};
use uuid::Uuid;

use crate::world::{Replica, World};

const LIMIT: Duration = Duration::from_secs(8);

pub struct Device {
    requests: Option<mpsc::Sender<ChatRequest>>,
    answers: Streaming<ChatResponse>,
    /// The last position that was told.
    pub position: String,
}

impl Device {
    /// Begins a session of the user on a replica and waits until it lives.
    pub async fn connect(world: &World, replica: &Replica, user: Uuid, position: &str) -> Device {
        let mut device = Device::begin(replica.messaging.clone(), &world.tokens.user(user), position).await;
        device.settle().await;
        device
    }

    /// Begins without waiting for anything.
    pub async fn begin(mut messaging: MessagingServiceClient<Channel>, token: &str, position: &str) -> Device {
        let (requests, receiver) = mpsc::channel(64);
        let begin = ChatBegin { position: position.to_owned() };
        requests.send(ChatRequest { event: Some(Said::Begin(begin)) }).await.unwrap();
        let request = Request::new(ReceiverStream::new(receiver));
        let request = authorized(request, token);
        let answers = messaging.chat(request).await.unwrap().into_inner();
        Device { requests: Some(requests), answers, position: position.to_owned() }
    }

    /// A message that is refused is answered when the session lives. For sessions that have missed nothing.
    async fn settle(&mut self) {
        self.say(Said::Send(Default::default())).await;
        let answer = self.next().await.unwrap();
        assert!(matches!(answer, Event::Sent(_)), "{answer:?}");
    }

    pub async fn say(&self, event: Said) {
        let requests = self.requests.as_ref().expect("the device has not hung up");
        requests.send(ChatRequest { event: Some(event) }).await.unwrap();
    }

    /// Says no more.
    pub fn hang_up(&mut self) {
        self.requests = None;
    }

    /// What comes next, but presence; or how the session ended.
    pub async fn next(&mut self) -> Result<Event, Status> {
        loop {
            let answer = tokio::time::timeout(LIMIT, self.answers.message()).await.expect("something comes in time")?;
            let Some(answer) = answer else { return Err(Status::ok("")) };
            if !answer.position.is_empty() {
                self.position = answer.position;
            }
            match answer.event.expect("an event") {
                Event::Presence(_) => {}
                event => return Ok(event),
            }
        }
    }

    /// The next presence of a user; other events are passed over.
    pub async fn presence(&mut self, user: Uuid) -> bool {
        loop {
            let answer = tokio::time::timeout(LIMIT, self.answers.message()).await.expect("something comes in time");
            if let Some(Event::Presence(presence)) = answer.unwrap().expect("the session lives").event
                && presence.user_id == user.to_string()
            {
                return presence.online;
            }
        }
    }

    /// The next message; answers to sent ones are passed over.
    pub async fn message(&mut self) -> ChatMessage {
        loop {
            match self.next().await.unwrap() {
                Event::Message(message) => return message,
                Event::Sent(_) => {}
                other => panic!("no message: {other:?}"),
            }
        }
    }

    /// How the session ends; whatever comes before is passed over.
    pub async fn end(&mut self) -> Status {
        loop {
            if let Err(status) = self.next().await {
                return status;
            }
        }
    }

    /// Whether nothing but presence comes for a while.
    pub async fn is_silent(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.next()).await.is_err()
    }
}

fn authorized<T>(mut request: Request<T>, token: &str) -> Request<T> {
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

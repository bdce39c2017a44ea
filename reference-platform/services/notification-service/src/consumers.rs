//! What events do here. Each is turned into a happening, which the use cases apply; what cannot be read becomes a dead letter, and
//! the next one has its turn.

use std::time::Duration;

use social_events::{ConsumeError, Consumer, Handler, OnExhausted, Policy, Received, Settings, topics};
use social_proto::auth::v1::AccountEvent;
use social_proto::content::v1::ContentEvent;
use social_proto::media::v1::MediaEvent;
use social_proto::messaging::v1::MessageEvent;
use social_proto::streaming::v1::StreamEvent;
use social_proto::user::v1::GraphEvent;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::news::{Happening, Source};
use crate::translate;

/// The name of the service.
const GROUP: &str = "notification-service";

/// Order does not matter here: an edge counts by its time, who is gone is told nothing, and each other event is news of its own. So
/// what cannot be applied now waits in the retry topic and holds up nobody else's news; there it is tried until it can be.
fn policy(retry_delay: Duration) -> Policy {
    Policy {
        on_exhausted: OnExhausted::Block,
        longest_pause: Duration::from_secs(10),
        retry_topic: Some(retry_delay),
        ..Policy::default()
    }
}

/// Consumes until the token is cancelled. Nothing is lost because a store is down.
pub async fn run(kafka: Settings, retry_delay: Duration, app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let subscription = [
        topics::ACCOUNT_EVENTS,
        topics::CONTENT_EVENTS,
        topics::GRAPH_EVENTS,
        topics::MEDIA_EVENTS,
        topics::MESSAGE_EVENTS,
        topics::STREAM_EVENTS,
    ];
    let consumer = Consumer::new(&kafka, GROUP, &subscription, policy(retry_delay))?;
    consumer.run(Consumers { app }, stop).await
}

struct Consumers {
    app: App,
}

impl Handler for Consumers {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        let source = source(&received);
        match read(&received) {
            Ok(happening) => Ok(self.app.happened(happening, &source).await?),
            Err(ConsumeError::Poison(reason)) => {
                let attempts = i32::try_from(received.attempt()).unwrap_or(i32::MAX);
                Ok(self.app.bury(&source, attempts, &reason).await?)
            }
            Err(transient) => Err(transient),
        }
    }
}

fn read(received: &Received) -> Result<Happening, ConsumeError> {
    let read = match received.topic() {
        topics::ACCOUNT_EVENTS => translate::account(received.decode::<AccountEvent>()?),
        topics::CONTENT_EVENTS => translate::content(received.decode::<ContentEvent>()?),
        topics::GRAPH_EVENTS => translate::graph(received.decode::<GraphEvent>()?),
        topics::MEDIA_EVENTS => translate::media(received.decode::<MediaEvent>()?),
        topics::MESSAGE_EVENTS => translate::message(received.decode::<MessageEvent>()?),
        topics::STREAM_EVENTS => translate::stream(received.decode::<StreamEvent>()?),
        other => return Err(ConsumeError::poison(format!("nobody is told what {other} holds"))),
    };
    read.map_err(ConsumeError::poison)
}

fn source(received: &Received) -> Source {
    Source {
        topic: received.topic().to_owned(),
        partition: received.partition(),
        offset: received.offset(),
        key: received.key().to_vec(),
        value: received.value().to_vec(),
    }
}

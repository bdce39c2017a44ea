//! What events do to the index.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use social_events::{ConsumeError, Consumer, Handler, OnExhausted, Policy, Received, Settings, topics};
use social_proto::content::v1::{ContentEvent, Post, Visibility, content_event};
use social_proto::user::v1::{UserEvent, user_event};
use social_runtime::timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::{Change, Document, Kind, Position, micros};
use crate::index::{Library, SearchIndex};
use crate::rebuilds;

/// What the index is made of.
pub const TOPICS: [&str; 2] = [topics::USER_EVENTS, topics::CONTENT_EVENTS];

/// Between attempts to reach the log at the start.
const PAUSE: Duration = Duration::from_secs(2);

/// No event may be lost because the disk is full, so the partition waits.
fn policy() -> Policy {
    Policy { on_exhausted: OnExhausted::Block, longest_pause: Duration::from_secs(10), ..Policy::default() }
}

/// Applies events until the token is cancelled, after the index has caught up.
pub async fn run(kafka: Settings, group: String, library: Arc<Library>, stop: CancellationToken) -> anyhow::Result<()> {
    while let Err(error) = rebuilds::catch_up(&library, &kafka, &stop).await {
        if stop.is_cancelled() {
            return Ok(());
        }
        tracing::warn!(error = format!("{error:#}"), "the index has not caught up yet");
        let _ = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
    }
    let consumer = Consumer::new(&kafka, &group, &TOPICS, policy())?;
    consumer.run(Live { library }, stop).await
}

/// Applies events as they come.
struct Live {
    library: Arc<Library>,
}

impl Handler for Live {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        let change = change(&received)?;
        Ok(self.library.enqueue(change, position(&received)).await?)
    }
}

/// Applies what the log holds to one index.
pub struct Fill {
    /// Which one.
    pub index: Arc<SearchIndex>,
    /// Counts events.
    pub applied: Arc<AtomicU64>,
}

impl Handler for Fill {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        let change = change(&received)?;
        self.index.enqueue(change, position(&received)).await?;
        self.applied.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn position(received: &Received) -> Position {
    Position { topic: received.topic().to_owned(), partition: received.partition(), next: received.offset() + 1 }
}

/// What an event means for the index.
fn change(received: &Received) -> Result<Option<Change>, ConsumeError> {
    match received.topic() {
        topics::USER_EVENTS => user(received.decode()?),
        topics::CONTENT_EVENTS => content(received.decode()?),
        other => Err(ConsumeError::poison(format!("{other} is not searched"))),
    }
}

fn user(event: UserEvent) -> Result<Option<Change>, ConsumeError> {
    let document = match event.event {
        Some(user_event::Event::Created(created)) => {
            Some(Document::User { handle: created.handle, display_name: created.display_name, bio: String::new() })
        }
        Some(user_event::Event::Updated(profile)) => profile.discoverable.then_some(Document::User {
            handle: profile.handle,
            display_name: profile.display_name,
            bio: profile.bio,
        }),
        Some(user_event::Event::Deleted(_)) => None,
        // A kind that is not known yet.
        None => return Ok(None),
    };
    Ok(Some(Change { kind: Kind::User, id: id(&event.user_id)?, sequence: event.sequence, document }))
}

fn content(event: ContentEvent) -> Result<Option<Change>, ConsumeError> {
    let post_id = id(&event.post_id)?;
    let document = match event.event {
        Some(content_event::Event::PostPublished(published)) => post(published.post, post_id)?,
        Some(content_event::Event::PostChanged(changed)) => post(changed.post, post_id)?,
        Some(content_event::Event::PostDeleted(_)) => None,
        // Comments and reactions are not searched. A kind that is not known yet is passed over.
        _ => return Ok(None),
    };
    Ok(Some(Change { kind: Kind::Post, id: post_id, sequence: event.sequence, document }))
}

/// Only what everybody may see is found.
fn post(post: Option<Post>, post_id: Uuid) -> Result<Option<Document>, ConsumeError> {
    let post = post.ok_or_else(|| ConsumeError::poison("a post is missing"))?;
    if id(&post.post_id)? != post_id {
        return Err(ConsumeError::poison("a post is not the one of its event"));
    }
    if post.visibility() != Visibility::Public {
        return Ok(None);
    }
    let author_id = id(&post.author_id)?;
    let published = post.create_time.as_ref().and_then(timestamp::from_proto);
    let published = micros(published.ok_or_else(|| ConsumeError::poison("create_time is not a time"))?);
    Ok(Some(Document::Post { author_id, text: post.text, tags: post.tags, published }))
}

fn id(text: &str) -> Result<Uuid, ConsumeError> {
    Uuid::try_parse(text).map_err(|_| ConsumeError::poison("an id is not a UUID"))
}

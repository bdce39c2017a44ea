//! What events do to feeds.

use std::time::Duration;

use social_events::{ConsumeError, Consumer, Handler, OnExhausted, Policy, Received, Settings, topics};
use social_proto::content::v1::content_event::Event;
use social_proto::content::v1::{ContentEvent, Post};
use social_proto::user::v1::{GraphChange, GraphEvent};
use social_runtime::timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::{App, Change};
use crate::domain::{Entry, Micros, micros};
use crate::neighbours;

const GROUP: &str = "feed-service";

/// No event may be lost because user-service or Redis is down, so the partition waits. An author has at most `POPULAR_FOLLOWERS`
/// followers to write to, which takes some seconds.
fn policy() -> Policy {
    Policy {
        on_exhausted: OnExhausted::Block,
        longest_pause: Duration::from_secs(10),
        apply_timeout: Duration::from_secs(60),
        ..Policy::default()
    }
}

/// Applies events until the token is cancelled.
pub async fn run(kafka: Settings, app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let subscription = [topics::CONTENT_EVENTS, topics::GRAPH_EVENTS];
    let consumer = Consumer::new(&kafka, GROUP, &subscription, policy())?;
    consumer.run(Feeds { app }, stop).await
}

struct Feeds {
    app: App,
}

impl Handler for Feeds {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        let place = format!("{}/{}", received.topic(), received.partition());
        let (time, outcome) = match received.topic() {
            topics::CONTENT_EVENTS => {
                let event: ContentEvent = received.decode()?;
                (occur_time(event.occur_time.as_ref())?, self.content(event).await)
            }
            topics::GRAPH_EVENTS => {
                let event: GraphEvent = received.decode()?;
                (occur_time(event.occur_time.as_ref())?, self.graph(event).await)
            }
            other => return Err(ConsumeError::poison(format!("{other} is not for feeds"))),
        };
        match outcome {
            Ok(()) => Ok(self.app.caught_up(&place, time).await?),
            Err(ConsumeError::Transient(error)) => {
                // Where Redis is what is away, readers notice that anyhow.
                let _ = self.app.falls_behind(&place, time).await;
                Err(ConsumeError::Transient(error))
            }
            Err(poison) => Err(poison),
        }
    }
}

impl Feeds {
    async fn content(&self, event: ContentEvent) -> Result<(), ConsumeError> {
        let time = occur_time(event.occur_time.as_ref())?;
        let mut post = Entry { post_id: id(&event.post_id)?, author_id: id(&event.author_id)?, time };
        let change = match event.event {
            Some(Event::PostPublished(published)) => shown(published.post, &mut post)?,
            Some(Event::PostChanged(changed)) => shown(changed.post, &mut post)?,
            Some(Event::PostDeleted(_)) => Change::Hidden,
            Some(Event::CommentCreated(created)) => {
                let comment = created.comment.ok_or_else(|| ConsumeError::poison("a comment is missing"))?;
                Change::Interacted(id(&comment.author_id)?)
            }
            Some(Event::ReactionSet(reaction)) => Change::Interacted(id(&reaction.user_id)?),
            Some(Event::ReactionDeleted(reaction)) => Change::NotInteracted(id(&reaction.user_id)?),
            // A comment that is gone does not tell whose it was. A kind that is not known yet is passed over.
            Some(Event::CommentDeleted(_)) | None => Change::None,
        };
        Ok(self.app.post_changed(&post, event.sequence, change).await?)
    }

    async fn graph(&self, event: GraphEvent) -> Result<(), ConsumeError> {
        let time = occur_time(event.occur_time.as_ref())?;
        let (from, to) = (id(&event.from_user_id)?, id(&event.to_user_id)?);
        match event.change() {
            GraphChange::Followed => self.app.followed(from, to, time).await?,
            GraphChange::Unfollowed => self.app.unfollowed(from, to, time).await?,
            GraphChange::Blocked => {
                self.app.unfollowed(from, to, time).await?;
                self.app.unfollowed(to, from, time).await?;
            }
            // Following does not come back. A kind that is not known yet is passed over.
            GraphChange::Unblocked | GraphChange::Unspecified => {}
        }
        Ok(())
    }
}

/// Takes the time of publishing from the post itself.
fn shown(post: Option<Post>, entry: &mut Entry) -> Result<Change, ConsumeError> {
    let post = post.ok_or_else(|| ConsumeError::poison("a post is missing"))?;
    let published = neighbours::entry(&post).ok_or_else(|| ConsumeError::poison("a post is not complete"))?;
    if (published.post_id, published.author_id) != (entry.post_id, entry.author_id) {
        return Err(ConsumeError::poison("a post is not the one of its event"));
    }
    *entry = published;
    Ok(if neighbours::shown(&post) { Change::Shown } else { Change::Hidden })
}

fn occur_time(time: Option<&prost_types::Timestamp>) -> Result<Micros, ConsumeError> {
    let time = time.and_then(timestamp::from_proto).ok_or_else(|| ConsumeError::poison("occur_time is not a time"))?;
    Ok(micros(time))
}

fn id(text: &str) -> Result<Uuid, ConsumeError> {
    Uuid::try_parse(text).map_err(|_| ConsumeError::poison("an id is not a UUID"))
}

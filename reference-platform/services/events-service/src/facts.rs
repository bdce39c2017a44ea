//! Events of the services as rows: what kind, about what, by whom. What it says in them is not kept.

use prost_types::Timestamp;
use social_events::{ConsumeError, Event, Received, topics};
use social_proto::auth::v1::{AccountEvent, account_event};
use social_proto::content::v1::{ContentEvent, content_event};
use social_proto::events::v1::AnalyticsEvent;
use social_proto::media::v1::{MediaEvent, media_event};
use social_proto::messaging::v1::{MessageEvent, message_event};
use social_proto::notification::v1::DeadLetter;
use social_proto::streaming::v1::{StreamEvent, stream_event};
use social_proto::user::v1::{GraphChange, GraphEvent, UserEvent, user_event};
use social_runtime::timestamp;

use crate::domain::window::micros;
use crate::store::{ClientRow, DomainRow};

/// Kinds that queries ask for.
pub const ACCOUNT_REGISTERED: &str = "account_registered";
pub const POST_PUBLISHED: &str = "post_published";
pub const REACTION_SET: &str = "reaction_set";
pub const MESSAGE_SENT: &str = "message_sent";

/// The kind of an event and the user who did it; nobody where a service did, or it is not told who.
type Fact = Option<(&'static str, String)>;

/// The row of an event of a service; `None` for a kind that is not known here.
pub fn domain_row(received: &Received) -> Result<Option<DomainRow>, ConsumeError> {
    match received.topic() {
        topics::ACCOUNT_EVENTS => row(received, |event: &AccountEvent| (event.occur_time, account(event))),
        topics::USER_EVENTS => row(received, |event: &UserEvent| (event.occur_time, user(event))),
        topics::GRAPH_EVENTS => row(received, |event: &GraphEvent| (event.occur_time, graph(event))),
        topics::CONTENT_EVENTS => row(received, |event: &ContentEvent| (event.occur_time, content(event))),
        topics::MEDIA_EVENTS => row(received, |event: &MediaEvent| (event.occur_time, media(event))),
        topics::MESSAGE_EVENTS => row(received, |event: &MessageEvent| (event.occur_time, message(event))),
        topics::STREAM_EVENTS => row(received, |event: &StreamEvent| (event.occur_time, stream(event))),
        topics::DEAD_LETTERS => {
            row(received, |event: &DeadLetter| (event.fail_time, Some(("dead_letter", String::new()))))
        }
        other => Err(ConsumeError::poison(format!("{other} is not consumed here"))),
    }
}

/// The row of an event of a client.
pub fn client_row(received: &Received) -> Result<ClientRow, ConsumeError> {
    let event_id = received.id()?;
    let analytics: AnalyticsEvent = received.decode()?;
    let occur = analytics.event.as_ref().and_then(|event| event.occur_time);
    let (occur_us, receive_us) = (time_us(occur)?, time_us(analytics.receive_time)?);
    let event = analytics.event.unwrap_or_default();
    let mut properties: Vec<(String, String)> = event.properties.into_iter().collect();
    // So that the same event is the same row.
    properties.sort();
    let (property_names, property_values) = properties.into_iter().unzip();
    Ok(ClientRow {
        event_id,
        name: event.name,
        schema_version: u32::try_from(event.schema_version).map_err(|_| ConsumeError::poison("schema_version"))?,
        user_id: analytics.user_id,
        time_us: occur_us.min(receive_us),
        occur_us,
        property_names,
        property_values,
    })
}

fn row<E: Event>(
    received: &Received,
    read: impl Fn(&E) -> (Option<Timestamp>, Fact),
) -> Result<Option<DomainRow>, ConsumeError> {
    let event: E = received.decode()?;
    let (time, fact) = read(&event);
    let Some((kind, user_id)) = fact else { return Ok(None) };
    Ok(Some(DomainRow {
        event_id: received.id()?,
        kind: kind.to_owned(),
        // Keys of dead letters are whatever the broken record had.
        subject_id: String::from_utf8_lossy(event.key()).chars().take(100).collect(),
        user_id,
        time_us: time_us(time)?,
    }))
}

/// Times outside of 1970 to 2100 are mistakes, and no partition is made for them.
fn time_us(time: Option<Timestamp>) -> Result<i64, ConsumeError> {
    let time = time.as_ref().and_then(timestamp::from_proto).filter(|time| (1970..2100).contains(&time.year()));
    time.map(micros).ok_or_else(|| ConsumeError::poison("a time is none, or outside of 1970 to 2100"))
}

fn account(event: &AccountEvent) -> Fact {
    use account_event::Event;
    let by_owner = event.account_id.clone();
    match event.event.as_ref()? {
        Event::Registered(_) => Some((ACCOUNT_REGISTERED, by_owner)),
        Event::PasswordChanged(_) => Some(("password_changed", by_owner)),
        Event::SessionsRevoked(_) => Some(("sessions_revoked", String::new())),
        // The subject says whose; as a user nobody is left.
        Event::Deleted(_) => Some(("account_deleted", String::new())),
    }
}

fn user(event: &UserEvent) -> Fact {
    use user_event::Event;
    match event.event.as_ref()? {
        Event::Created(_) => Some(("profile_created", String::new())),
        Event::Updated(_) => Some(("profile_updated", event.user_id.clone())),
        Event::Deleted(_) => Some(("profile_deleted", String::new())),
    }
}

fn graph(event: &GraphEvent) -> Fact {
    let kind = match event.change() {
        GraphChange::Unspecified => return None,
        GraphChange::Followed => "followed",
        GraphChange::Unfollowed => "unfollowed",
        GraphChange::Blocked => "blocked",
        GraphChange::Unblocked => "unblocked",
    };
    Some((kind, event.from_user_id.clone()))
}

fn content(event: &ContentEvent) -> Fact {
    use content_event::Event;
    match event.event.as_ref()? {
        Event::PostPublished(_) => Some((POST_PUBLISHED, event.author_id.clone())),
        Event::PostChanged(_) => Some(("post_changed", event.author_id.clone())),
        Event::PostDeleted(_) => Some(("post_deleted", String::new())),
        Event::CommentCreated(created) => {
            let author = created.comment.as_ref().map(|comment| comment.author_id.clone());
            Some(("comment_created", author.unwrap_or_default()))
        }
        Event::CommentDeleted(_) => Some(("comment_deleted", String::new())),
        Event::ReactionSet(set) => Some((REACTION_SET, set.user_id.clone())),
        Event::ReactionDeleted(deleted) => Some(("reaction_deleted", deleted.user_id.clone())),
    }
}

fn media(event: &MediaEvent) -> Fact {
    use media_event::Event;
    match event.event.as_ref()? {
        Event::Uploaded(_) => Some(("media_uploaded", event.owner_id.clone())),
        Event::Ready(_) => Some(("media_ready", String::new())),
        Event::Failed(_) => Some(("media_failed", String::new())),
        Event::Deleted(_) => Some(("media_deleted", String::new())),
    }
}

fn message(event: &MessageEvent) -> Fact {
    use message_event::Event;
    match event.event.as_ref()? {
        Event::Sent(sent) => Some((MESSAGE_SENT, sent.sender_id.clone())),
        Event::Deleted(_) => Some(("message_deleted", String::new())),
        // Somebody else may have done it.
        Event::Joined(_) => Some(("member_joined", String::new())),
        Event::Left(_) => Some(("member_left", String::new())),
    }
}

fn stream(event: &StreamEvent) -> Fact {
    use stream_event::Event;
    match event.event.as_ref()? {
        Event::Created(_) => Some(("stream_created", event.owner_id.clone())),
        Event::WentLive(_) => Some(("stream_went_live", event.owner_id.clone())),
        Event::Interrupted(_) => Some(("stream_interrupted", String::new())),
        Event::Resumed(_) => Some(("stream_resumed", String::new())),
        Event::Ended(_) => Some(("stream_ended", String::new())),
        Event::KeyRotated(_) => Some(("stream_key_rotated", event.owner_id.clone())),
    }
}

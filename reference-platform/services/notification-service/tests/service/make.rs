//! Events of the other services.

use std::time::SystemTime;

use social_proto::auth::v1::{AccountDeleted, AccountEvent, account_event};
use social_proto::content::v1::{Comment, CommentCreated, ContentEvent, ReactionSet, content_event};
use social_proto::media::v1::{MediaEvent, MediaFailed, MediaReady, media_event};
use social_proto::messaging::v1::{MessageEvent, MessageSent, message_event};
use social_proto::streaming::v1::{StreamEvent, StreamWentLive, stream_event};
use social_proto::user::v1::{GraphChange, GraphEvent};
use uuid::Uuid;

fn id() -> String {
    Uuid::now_v7().to_string()
}

fn now() -> Option<prost_types::Timestamp> {
    Some(SystemTime::now().into())
}

pub fn edge(from: Uuid, to: Uuid, change: GraphChange) -> GraphEvent {
    GraphEvent {
        event_id: id(),
        occur_time: now(),
        from_user_id: from.to_string(),
        to_user_id: to.to_string(),
        change: change.into(),
    }
}

pub fn comment(author: Uuid, by: Uuid) -> ContentEvent {
    let comment = Comment { comment_id: id(), author_id: by.to_string(), ..Default::default() };
    content(Uuid::now_v7(), author, content_event::Event::CommentCreated(CommentCreated { comment: Some(comment) }))
}

pub fn reaction(post_id: Uuid, author: Uuid, by: Uuid, kind: i32) -> ContentEvent {
    content(post_id, author, content_event::Event::ReactionSet(ReactionSet { user_id: by.to_string(), kind }))
}

fn content(post_id: Uuid, author: Uuid, event: content_event::Event) -> ContentEvent {
    ContentEvent {
        event_id: id(),
        occur_time: now(),
        post_id: post_id.to_string(),
        author_id: author.to_string(),
        sequence: 1,
        event: Some(event),
    }
}

pub fn message(from: Uuid, to: &[Uuid]) -> MessageEvent {
    let recipient_ids = to.iter().map(Uuid::to_string).collect();
    let sent = MessageSent { message_id: id(), sender_id: from.to_string(), recipient_ids };
    MessageEvent {
        event_id: id(),
        occur_time: now(),
        conversation_id: id(),
        sequence: 1,
        event: Some(message_event::Event::Sent(sent)),
    }
}

/// A file that is ready, or cannot be used for a reason.
pub fn media(owner: Uuid, failure: Option<&str>) -> MediaEvent {
    let event = match failure {
        None => media_event::Event::Ready(MediaReady { media: None }),
        Some(reason) => media_event::Event::Failed(MediaFailed { reason: reason.to_owned() }),
    };
    MediaEvent {
        event_id: id(),
        occur_time: now(),
        media_id: id(),
        owner_id: owner.to_string(),
        sequence: 2,
        event: Some(event),
    }
}

pub fn live(owner: Uuid, title: &str) -> StreamEvent {
    StreamEvent {
        event_id: id(),
        occur_time: now(),
        stream_id: id(),
        owner_id: owner.to_string(),
        sequence: 2,
        event: Some(stream_event::Event::WentLive(StreamWentLive { title: title.to_owned() })),
    }
}

pub fn deleted(account: Uuid) -> AccountEvent {
    AccountEvent {
        event_id: id(),
        occur_time: now(),
        account_id: account.to_string(),
        sequence: 2,
        event: Some(account_event::Event::Deleted(AccountDeleted {})),
    }
}

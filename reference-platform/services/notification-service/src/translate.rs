//! Events of the other services as happenings: who is told what. What is missing in an event that has no other fault makes it
//! unreadable; a kind that is not known yet is passed over.

use prost::Message;
use social_events::topics;
use social_proto::auth::v1::{AccountEvent, account_event};
use social_proto::content::v1::{ContentEvent, content_event};
use social_proto::media::v1::{MediaEvent, media_event};
use social_proto::messaging::v1::{MessageEvent, message_event};
use social_proto::streaming::v1::{StreamEvent, stream_event};
use social_proto::user::v1::{GraphChange, GraphEvent};
use social_runtime::timestamp;
use uuid::Uuid;

use crate::domain::Kind;
use crate::domain::news::{Audience, Change, Edge, Happening, News, Source};
use crate::domain::template::{Values, one_line};

/// Why an event cannot be read; holds nothing of it.
type Result<T> = std::result::Result<T, String>;

/// Most recipients of a message.
const MOST_RECIPIENTS: usize = 99;
/// Most characters that are taken over of a title or a reason.
const MOST_WORDS: usize = 200;

/// A record once more, after it could not be read.
pub fn record(source: &Source) -> Result<Happening> {
    let value = source.value.as_slice();
    match source.topic.as_str() {
        topics::ACCOUNT_EVENTS => account(decode(value)?),
        topics::CONTENT_EVENTS => content(decode(value)?),
        topics::GRAPH_EVENTS => graph(decode(value)?),
        topics::MEDIA_EVENTS => media(decode(value)?),
        topics::MESSAGE_EVENTS => message(decode(value)?),
        topics::STREAM_EVENTS => stream(decode(value)?),
        other => Err(format!("nobody is told what {other} holds")),
    }
}

/// The end of an account erases what is here of it.
pub fn account(event: AccountEvent) -> Result<Happening> {
    let event_id = id("event_id", &event.event_id)?;
    let account_id = id("account_id", &event.account_id)?;
    let erased = matches!(event.event, Some(account_event::Event::Deleted(_))).then_some(account_id);
    Ok(Happening { erased, ..Happening::nothing(event_id) })
}

/// Authors are told of comments and reactions, unless they are their own.
pub fn content(event: ContentEvent) -> Result<Happening> {
    let event_id = id("event_id", &event.event_id)?;
    let (post_id, author_id) = (id("post_id", &event.post_id)?, id("author_id", &event.author_id)?);
    let news = match event.event {
        Some(content_event::Event::CommentCreated(created)) => {
            let comment = created.comment.ok_or("comment is absent")?;
            let comment_id = id("comment_id", &comment.comment_id)?;
            let actor_id = id("comment.author_id", &comment.author_id)?;
            News::by(actor_id, Kind::Commented, Some(post_id), format!("comment:{comment_id}"), vec![author_id])
        }
        Some(content_event::Event::ReactionSet(set)) => {
            let actor_id = id("user_id", &set.user_id)?;
            News::by(actor_id, Kind::Reacted, Some(post_id), format!("reaction:{post_id}:{actor_id}"), vec![author_id])
        }
        _ => None,
    };
    Ok(Happening::news(event_id, news))
}

/// Who is followed is told; all edges are remembered.
pub fn graph(event: GraphEvent) -> Result<Happening> {
    let event_id = id("event_id", &event.event_id)?;
    let (from, to) = (id("from_user_id", &event.from_user_id)?, id("to_user_id", &event.to_user_id)?);
    let time = event.occur_time.as_ref().and_then(timestamp::from_proto).ok_or("occur_time is not a time")?;
    let change = match event.change() {
        GraphChange::Followed => Change::Followed,
        GraphChange::Unfollowed => Change::Unfollowed,
        GraphChange::Blocked => Change::Blocked,
        GraphChange::Unblocked => Change::Unblocked,
        GraphChange::Unspecified => return Ok(Happening::nothing(event_id)),
    };
    let news = match change {
        Change::Followed => News::by(from, Kind::Followed, None, format!("follower:{from}"), vec![to]),
        _ => None,
    };
    Ok(Happening { edge: Some(Edge { from, to, change, time }), news, ..Happening::nothing(event_id) })
}

/// Owners are told when a file can be used, or never will.
pub fn media(event: MediaEvent) -> Result<Happening> {
    let event_id = id("event_id", &event.event_id)?;
    let (media_id, owner_id) = (id("media_id", &event.media_id)?, id("owner_id", &event.owner_id)?);
    let (outcome, failure) = match event.event {
        Some(media_event::Event::Ready(_)) => ("ready", None),
        Some(media_event::Event::Failed(failed)) => ("failed", Some(failure(&failed.reason))),
        _ => return Ok(Happening::nothing(event_id)),
    };
    let news = News {
        kind: Kind::Media,
        actor_id: None,
        subject_id: Some(media_id),
        dedupe_key: format!("media:{media_id}:{outcome}"),
        values: Values { failure, ..Values::default() },
        audience: Audience::Users(vec![owner_id]),
    };
    Ok(Happening::news(event_id, Some(news)))
}

/// All members but the sender are told of a message; what it says is not known here.
pub fn message(event: MessageEvent) -> Result<Happening> {
    let event_id = id("event_id", &event.event_id)?;
    let conversation_id = id("conversation_id", &event.conversation_id)?;
    let Some(message_event::Event::Sent(sent)) = event.event else { return Ok(Happening::nothing(event_id)) };
    if sent.recipient_ids.len() > MOST_RECIPIENTS {
        return Err("recipient_ids are too many".to_owned());
    }
    let (message_id, sender_id) = (id("message_id", &sent.message_id)?, id("sender_id", &sent.sender_id)?);
    let recipients = sent.recipient_ids.iter().map(|text| id("recipient_ids", text)).collect::<Result<Vec<_>>>()?;
    let dedupe_key = format!("message:{message_id}");
    Ok(Happening::news(event_id, News::by(sender_id, Kind::Message, Some(conversation_id), dedupe_key, recipients)))
}

/// Followers are told that a stream has begun.
pub fn stream(event: StreamEvent) -> Result<Happening> {
    let event_id = id("event_id", &event.event_id)?;
    let (stream_id, owner_id) = (id("stream_id", &event.stream_id)?, id("owner_id", &event.owner_id)?);
    let Some(stream_event::Event::WentLive(live)) = event.event else { return Ok(Happening::nothing(event_id)) };
    let title = Some(words(&live.title)).filter(|title| !title.is_empty());
    let news = News {
        kind: Kind::Live,
        actor_id: Some(owner_id),
        subject_id: Some(stream_id),
        dedupe_key: format!("live:{stream_id}"),
        values: Values { title, ..Values::default() },
        audience: Audience::FollowersOf(owner_id),
    };
    Ok(Happening::news(event_id, Some(news)))
}

fn decode<M: Message + Default>(value: &[u8]) -> Result<M> {
    M::decode(value).map_err(|error| error.to_string())
}

fn id(field: &str, text: &str) -> Result<Uuid> {
    Uuid::try_parse(text).map_err(|_| format!("{field} is not a UUID"))
}

/// There is always one, for without it the file would be said to be ready.
fn failure(reason: &str) -> String {
    let reason = words(reason);
    if reason.is_empty() { "It cannot be used.".to_owned() } else { reason }
}

fn words(text: &str) -> String {
    one_line(text, MOST_WORDS)
}

#[cfg(test)]
mod tests {
    use social_proto::content::v1::{Comment, CommentCreated, ReactionSet};
    use social_proto::messaging::v1::MessageSent;

    use super::*;

    fn new_id() -> String {
        Uuid::now_v7().to_string()
    }

    fn content_event(event: content_event::Event) -> ContentEvent {
        ContentEvent {
            event_id: new_id(),
            post_id: new_id(),
            author_id: new_id(),
            event: Some(event),
            ..Default::default()
        }
    }

    #[test]
    fn nobody_is_told_of_their_own_doing() {
        let mut event = content_event(content_event::Event::ReactionSet(ReactionSet { user_id: new_id(), kind: 1 }));
        assert!(content(event.clone()).unwrap().news.is_some());
        event.event =
            Some(content_event::Event::ReactionSet(ReactionSet { user_id: event.author_id.clone(), kind: 1 }));
        assert_eq!(content(event).unwrap().news, None);
    }

    #[test]
    fn members_are_told_once_each() {
        let (sender, one) = (new_id(), new_id());
        let sent = |recipient_ids| MessageEvent {
            event_id: new_id(),
            conversation_id: new_id(),
            event: Some(message_event::Event::Sent(MessageSent {
                message_id: new_id(),
                sender_id: sender.clone(),
                recipient_ids,
            })),
            ..Default::default()
        };
        let happening = message(sent(vec![one.clone(), sender.clone(), one.clone()])).unwrap();
        assert_eq!(happening.news.unwrap().audience, Audience::Users(vec![one.parse().unwrap()]));
        assert_eq!(message(sent(vec![])).unwrap().news, None);
        assert!(message(sent(vec![one; 100])).is_err());
    }

    #[test]
    fn what_is_missing_makes_an_event_unreadable() {
        assert!(
            content(content_event(content_event::Event::CommentCreated(CommentCreated { comment: None }))).is_err()
        );
        let comment = Comment { comment_id: new_id(), author_id: "x".to_owned(), ..Default::default() };
        let created = CommentCreated { comment: Some(comment) };
        assert_eq!(
            content(content_event(content_event::Event::CommentCreated(created))).unwrap_err(),
            "comment.author_id is not a UUID"
        );
        assert!(graph(GraphEvent::default()).is_err());
        let source = |topic: &str, value: &[u8]| Source {
            topic: topic.to_owned(),
            partition: 0,
            offset: 0,
            key: Vec::new(),
            value: value.to_vec(),
        };
        assert!(record(&source(topics::GRAPH_EVENTS, b"no message")).is_err());
        assert!(record(&source("elsewhere", b"")).is_err());
    }
}

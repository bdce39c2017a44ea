//! The domain as the contract says it, and back.

use social_proto::content::v1;
use social_proto::content::v1::content_event;
use social_runtime::timestamp;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Comment, Counters, Post, Reaction, ReactionKind, Visibility};

/// With the deprecated field filled: older clients go on showing the first image.
#[expect(deprecated, reason = "`image_media_id` is part of the contract as long as clients read it")]
pub fn post(post: &Post) -> v1::Post {
    v1::Post {
        post_id: post.id.to_string(),
        author_id: post.author_id.to_string(),
        text: post.text.clone(),
        image_media_id: post.media_ids.first().map(Uuid::to_string).unwrap_or_default(),
        visibility: visibility(post.visibility).into(),
        tags: post.tags.clone(),
        create_time: Some(timestamp::to_proto(post.create_time)),
        edit_time: post.edit_time.map(timestamp::to_proto),
        media_ids: post.media_ids.iter().map(Uuid::to_string).collect(),
        etag: post.etag(),
    }
}

/// A comment.
pub fn comment(comment: &Comment) -> v1::Comment {
    v1::Comment {
        comment_id: comment.id.to_string(),
        post_id: comment.post_id.to_string(),
        parent_id: comment.parent_id.map(|id| id.to_string()).unwrap_or_default(),
        author_id: comment.author_id.to_string(),
        text: comment.text.clone(),
        create_time: Some(timestamp::to_proto(comment.create_time)),
    }
}

/// A reaction.
pub fn reaction(reaction: &Reaction) -> v1::Reaction {
    v1::Reaction {
        user_id: reaction.user_id.to_string(),
        kind: kind(reaction.kind).into(),
        create_time: Some(timestamp::to_proto(reaction.create_time)),
    }
}

/// The counters of a post.
pub fn counters(post_id: Uuid, counters: &Counters) -> v1::Counters {
    let reactions = counters.reactions.iter();
    v1::Counters {
        post_id: post_id.to_string(),
        comment_count: counters.comments,
        reactions: reactions.map(|(of, count)| v1::ReactionCount { kind: kind(*of).into(), count: *count }).collect(),
    }
}

/// An event about a post.
pub fn event(
    post_id: Uuid,
    author_id: Uuid,
    sequence: i64,
    occur_time: OffsetDateTime,
    event: content_event::Event,
) -> v1::ContentEvent {
    v1::ContentEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(timestamp::to_proto(occur_time)),
        post_id: post_id.to_string(),
        author_id: author_id.to_string(),
        sequence,
        event: Some(event),
    }
}

/// Who can see a post.
pub fn visibility(visibility: Visibility) -> v1::Visibility {
    match visibility {
        Visibility::Public => v1::Visibility::Public,
        Visibility::Followers => v1::Visibility::Followers,
        Visibility::Private => v1::Visibility::Private,
    }
}

/// `None` for what is unspecified or unknown.
pub fn visibility_from(number: i32) -> Option<Visibility> {
    match v1::Visibility::try_from(number) {
        Ok(v1::Visibility::Public) => Some(Visibility::Public),
        Ok(v1::Visibility::Followers) => Some(Visibility::Followers),
        Ok(v1::Visibility::Private) => Some(Visibility::Private),
        Ok(v1::Visibility::Unspecified) | Err(_) => None,
    }
}

/// A kind of reactions.
pub fn kind(kind: ReactionKind) -> v1::ReactionKind {
    match kind {
        ReactionKind::Like => v1::ReactionKind::Like,
        ReactionKind::Love => v1::ReactionKind::Love,
        ReactionKind::Laugh => v1::ReactionKind::Laugh,
        ReactionKind::Sad => v1::ReactionKind::Sad,
        ReactionKind::Angry => v1::ReactionKind::Angry,
    }
}

/// `None` for what is unspecified or unknown.
pub fn kind_from(number: i32) -> Option<ReactionKind> {
    match v1::ReactionKind::try_from(number) {
        Ok(v1::ReactionKind::Like) => Some(ReactionKind::Like),
        Ok(v1::ReactionKind::Love) => Some(ReactionKind::Love),
        Ok(v1::ReactionKind::Laugh) => Some(ReactionKind::Laugh),
        Ok(v1::ReactionKind::Sad) => Some(ReactionKind::Sad),
        Ok(v1::ReactionKind::Angry) => Some(ReactionKind::Angry),
        Ok(v1::ReactionKind::Unspecified) | Err(_) => None,
    }
}

//! What the service is about: posts, what is said and felt about them, and who may see them. Knows no framework, store or contract.

mod access;
mod post;
mod tags;

pub use access::{Relations, Viewer, narrowest, readable};
pub use post::{Change, Draft, MAX_MEDIA, MAX_TEXT, Post, Visibility, is_blank};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Characters of a comment.
pub const MAX_COMMENT: usize = 1000;

/// What somebody says about a post.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    pub id: Uuid,
    pub post_id: Uuid,
    /// The comment that it answers, which may be gone.
    pub parent_id: Option<Uuid>,
    pub author_id: Uuid,
    pub text: String,
    pub create_time: OffsetDateTime,
}

/// What one user feels about a post.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    pub user_id: Uuid,
    pub kind: ReactionKind,
    pub create_time: OffsetDateTime,
}

/// Kinds of reactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReactionKind {
    Like,
    Love,
    Laugh,
    Sad,
    Angry,
}

/// What is counted of a post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    pub comments: i64,
    /// Kinds that occur, each once.
    pub reactions: Vec<(ReactionKind, i64)>,
}

/// The present, as exact as PostgreSQL stores it: what is told now equals what is read later.
pub fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
}

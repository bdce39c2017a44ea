//! Rows as the domain knows them. Constraints of the tables see to it that the numbers are no others.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Comment, Post, Reaction, ReactionKind, Visibility};

pub(super) struct PostRow {
    pub post_id: Uuid,
    pub author_id: Uuid,
    pub text: String,
    pub media_ids: Vec<Uuid>,
    pub visibility: i16,
    pub tags: Vec<String>,
    pub create_time: OffsetDateTime,
    pub edit_time: Option<OffsetDateTime>,
    pub version: i64,
}

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        Post {
            id: row.post_id,
            author_id: row.author_id,
            text: row.text,
            media_ids: row.media_ids,
            visibility: visibility(row.visibility),
            tags: row.tags,
            create_time: row.create_time,
            edit_time: row.edit_time,
            version: row.version,
        }
    }
}

pub(super) struct CommentRow {
    pub comment_id: Uuid,
    pub post_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub author_id: Uuid,
    pub text: String,
    pub create_time: OffsetDateTime,
}

impl From<CommentRow> for Comment {
    fn from(row: CommentRow) -> Self {
        Comment {
            id: row.comment_id,
            post_id: row.post_id,
            parent_id: row.parent_id,
            author_id: row.author_id,
            text: row.text,
            create_time: row.create_time,
        }
    }
}

pub(super) struct ReactionRow {
    pub user_id: Uuid,
    pub kind: i16,
    pub create_time: OffsetDateTime,
}

impl From<ReactionRow> for Reaction {
    fn from(row: ReactionRow) -> Self {
        Reaction { user_id: row.user_id, kind: kind(row.kind), create_time: row.create_time }
    }
}

pub(super) fn visibility(number: i16) -> Visibility {
    match number {
        1 => Visibility::Public,
        2 => Visibility::Followers,
        _ => Visibility::Private,
    }
}

pub(super) fn visibility_number(visibility: Visibility) -> i16 {
    match visibility {
        Visibility::Public => 1,
        Visibility::Followers => 2,
        Visibility::Private => 3,
    }
}

pub(super) fn kind(number: i16) -> ReactionKind {
    match number {
        1 => ReactionKind::Like,
        2 => ReactionKind::Love,
        3 => ReactionKind::Laugh,
        4 => ReactionKind::Sad,
        _ => ReactionKind::Angry,
    }
}

pub(super) fn kind_number(kind: ReactionKind) -> i16 {
    match kind {
        ReactionKind::Like => 1,
        ReactionKind::Love => 2,
        ReactionKind::Laugh => 3,
        ReactionKind::Sad => 4,
        ReactionKind::Angry => 5,
    }
}

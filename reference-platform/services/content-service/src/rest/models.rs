//! What is told in JSON. Names of enums are in lower case, times in RFC 3339.

use serde::{Deserialize, Serialize};
use social_proto::content::v1;
use social_runtime::timestamp;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// Something that a user has published.
#[derive(Serialize, ToSchema)]
pub struct Post {
    pub post_id: String,
    pub author_id: String,
    pub text: String,
    /// Images and videos in order.
    pub media_ids: Vec<String>,
    pub visibility: Option<Visibility>,
    /// In lower case, without "#".
    pub tags: Vec<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub create_time: Option<OffsetDateTime>,
    /// Null if it was never changed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub edit_time: Option<OffsetDateTime>,
    /// To be sent as `If-Match` with a change.
    pub etag: String,
}

impl From<v1::Post> for Post {
    fn from(post: v1::Post) -> Self {
        Post {
            visibility: Visibility::from_contract(post.visibility()),
            post_id: post.post_id,
            author_id: post.author_id,
            text: post.text,
            media_ids: post.media_ids,
            tags: post.tags,
            create_time: post.create_time.as_ref().and_then(timestamp::from_proto),
            edit_time: post.edit_time.as_ref().and_then(timestamp::from_proto),
            etag: post.etag,
        }
    }
}

/// Who can see a post.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Public,
    Followers,
    /// Only the author.
    Private,
}

impl Visibility {
    fn from_contract(visibility: v1::Visibility) -> Option<Self> {
        match visibility {
            v1::Visibility::Public => Some(Visibility::Public),
            v1::Visibility::Followers => Some(Visibility::Followers),
            v1::Visibility::Private => Some(Visibility::Private),
            v1::Visibility::Unspecified => None,
        }
    }

    /// As the contract says it.
    pub fn to_contract(self) -> v1::Visibility {
        match self {
            Visibility::Public => v1::Visibility::Public,
            Visibility::Followers => v1::Visibility::Followers,
            Visibility::Private => v1::Visibility::Private,
        }
    }
}

/// A post that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// At most 5000 characters; required unless there is media.
    #[serde(default)]
    pub text: String,
    /// Of the caller and ready, at most 10.
    #[serde(default)]
    pub media_ids: Vec<String>,
    pub visibility: Visibility,
}

/// What is new; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostChange {
    pub text: Option<String>,
    pub media_ids: Option<Vec<String>>,
    pub visibility: Option<Visibility>,
}

/// A page of posts, newest first.
#[derive(Serialize, ToSchema)]
pub struct Posts {
    pub posts: Vec<Post>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// What somebody says about a post.
#[derive(Serialize, ToSchema)]
pub struct Comment {
    pub comment_id: String,
    pub post_id: String,
    /// The comment that it answers; empty if it is about the post.
    pub parent_id: String,
    pub author_id: String,
    pub text: String,
    #[serde(with = "time::serde::rfc3339::option")]
    pub create_time: Option<OffsetDateTime>,
}

impl From<v1::Comment> for Comment {
    fn from(comment: v1::Comment) -> Self {
        Comment {
            comment_id: comment.comment_id,
            post_id: comment.post_id,
            parent_id: comment.parent_id,
            author_id: comment.author_id,
            text: comment.text,
            create_time: comment.create_time.as_ref().and_then(timestamp::from_proto),
        }
    }
}

/// A comment that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// 1 to 1000 characters.
    pub text: String,
    /// The comment that it answers; absent if it is about the post.
    #[serde(default)]
    pub parent_id: String,
}

/// A page of comments, oldest first.
#[derive(Serialize, ToSchema)]
pub struct Comments {
    pub comments: Vec<Comment>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Kinds of reactions.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReactionKind {
    Like,
    Love,
    Laugh,
    Sad,
    Angry,
}

impl ReactionKind {
    fn from_contract(kind: v1::ReactionKind) -> Option<Self> {
        match kind {
            v1::ReactionKind::Like => Some(ReactionKind::Like),
            v1::ReactionKind::Love => Some(ReactionKind::Love),
            v1::ReactionKind::Laugh => Some(ReactionKind::Laugh),
            v1::ReactionKind::Sad => Some(ReactionKind::Sad),
            v1::ReactionKind::Angry => Some(ReactionKind::Angry),
            v1::ReactionKind::Unspecified => None,
        }
    }

    /// As the contract says it.
    pub fn to_contract(self) -> v1::ReactionKind {
        match self {
            ReactionKind::Like => v1::ReactionKind::Like,
            ReactionKind::Love => v1::ReactionKind::Love,
            ReactionKind::Laugh => v1::ReactionKind::Laugh,
            ReactionKind::Sad => v1::ReactionKind::Sad,
            ReactionKind::Angry => v1::ReactionKind::Angry,
        }
    }
}

/// What one user feels about a post.
#[derive(Serialize, ToSchema)]
pub struct Reaction {
    pub user_id: String,
    pub kind: Option<ReactionKind>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub create_time: Option<OffsetDateTime>,
}

impl From<v1::Reaction> for Reaction {
    fn from(reaction: v1::Reaction) -> Self {
        Reaction {
            kind: ReactionKind::from_contract(reaction.kind()),
            user_id: reaction.user_id,
            create_time: reaction.create_time.as_ref().and_then(timestamp::from_proto),
        }
    }
}

/// The reaction that the caller sets.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReaction {
    pub kind: ReactionKind,
}

/// A page of reactions, newest first.
#[derive(Serialize, ToSchema)]
pub struct Reactions {
    pub reactions: Vec<Reaction>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// What is counted of a post, at most a few seconds old.
#[derive(Serialize, ToSchema)]
pub struct Counters {
    pub comment_count: i64,
    /// One entry for each kind that occurs.
    pub reactions: Vec<ReactionCount>,
}

/// How many reacted so.
#[derive(Serialize, ToSchema)]
pub struct ReactionCount {
    pub kind: Option<ReactionKind>,
    pub count: i64,
}

impl From<v1::Counters> for Counters {
    fn from(counters: v1::Counters) -> Self {
        let reactions = counters.reactions.iter();
        let reactions =
            reactions.map(|one| ReactionCount { kind: ReactionKind::from_contract(one.kind()), count: one.count });
        Counters { comment_count: counters.comment_count, reactions: reactions.collect() }
    }
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// 0 means 50; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// Which page of comments.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CommentsPage {
    /// Answers to this comment; absent for comments about the post itself.
    #[serde(default)]
    pub parent_id: String,
    /// 0 means 50; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// Which page of reactions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReactionsPage {
    /// Absent for all kinds.
    pub kind: Option<ReactionKind>,
    /// 0 means 50; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

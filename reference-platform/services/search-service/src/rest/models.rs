//! What is told in JSON. Names of enums are in lower case, times in RFC 3339.

use serde::{Deserialize, Serialize};
use social_proto::search::v1;
use social_runtime::timestamp;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Words, of which the last one may be a beginning.
    #[serde(default)]
    pub query: String,
    /// At most 100; 20 if absent.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PostQuery {
    /// Words, and phrases in quotation marks; the last word may be a beginning. Required unless there is a tag.
    #[serde(default)]
    pub query: String,
    /// Without "#".
    #[serde(default)]
    pub tag: String,
    /// Absent for anybody.
    #[serde(default)]
    pub author_id: String,
    /// `relevance` if absent.
    pub order: Option<Order>,
    /// At most 100; 20 if absent.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// How posts are ordered.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    Relevance,
    Latest,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TagQuery {
    /// Without "#".
    #[serde(default)]
    pub prefix: String,
    /// At most 100; 20 if absent.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Prefix {
    /// "#" asks for tags only, "@" for users only.
    #[serde(default)]
    pub prefix: String,
    /// Of users and tags each, at most 20; 5 if absent.
    #[serde(default)]
    pub limit: i32,
}

/// A part of a text in which the query was found.
#[derive(Serialize, ToSchema)]
pub struct Highlight {
    pub field: String,
    /// Plain text, not markup.
    pub fragment: String,
    /// In characters (Unicode scalar values), from and behind; in order, not overlapping.
    pub matches: Vec<[i32; 2]>,
}

impl From<v1::Highlight> for Highlight {
    fn from(highlight: v1::Highlight) -> Self {
        let matches = highlight.matches.iter().map(|range| [range.begin, range.end]).collect();
        Highlight { field: highlight.field, fragment: highlight.fragment, matches }
    }
}

/// A user that was found.
#[derive(Serialize, ToSchema)]
pub struct UserHit {
    pub user_id: String,
    /// Comparable within one query only.
    pub score: f64,
    pub highlights: Vec<Highlight>,
}

impl From<v1::UserHit> for UserHit {
    fn from(hit: v1::UserHit) -> Self {
        let highlights = hit.highlights.into_iter().map(Highlight::from).collect();
        UserHit { user_id: hit.user_id, score: hit.score, highlights }
    }
}

/// A page of users.
#[derive(Serialize, ToSchema)]
pub struct Users {
    pub hits: Vec<UserHit>,
    /// Empty on the last page, and after 1000 hits.
    pub next_page_token: String,
}

impl From<v1::SearchUsersResponse> for Users {
    fn from(response: v1::SearchUsersResponse) -> Self {
        let hits = response.hits.into_iter().map(UserHit::from).collect();
        Users { hits, next_page_token: response.next_page_token }
    }
}

/// A post that was found.
#[derive(Serialize, ToSchema)]
pub struct PostHit {
    pub post_id: String,
    pub author_id: String,
    /// Comparable within one query only.
    pub score: f64,
    pub highlights: Vec<Highlight>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub publish_time: Option<OffsetDateTime>,
}

/// A page of posts.
#[derive(Serialize, ToSchema)]
pub struct Posts {
    pub hits: Vec<PostHit>,
    /// Empty on the last page, and after 1000 hits.
    pub next_page_token: String,
}

impl From<v1::SearchPostsResponse> for Posts {
    fn from(response: v1::SearchPostsResponse) -> Self {
        let hit = |hit: v1::PostHit| PostHit {
            publish_time: hit.publish_time.as_ref().and_then(timestamp::from_proto),
            post_id: hit.post_id,
            author_id: hit.author_id,
            score: hit.score,
            highlights: hit.highlights.into_iter().map(Highlight::from).collect(),
        };
        Posts { hits: response.hits.into_iter().map(hit).collect(), next_page_token: response.next_page_token }
    }
}

/// A tag that was found.
#[derive(Serialize, ToSchema)]
pub struct TagHit {
    /// Without "#".
    pub tag: String,
    pub post_count: i64,
}

impl From<v1::TagHit> for TagHit {
    fn from(hit: v1::TagHit) -> Self {
        TagHit { tag: hit.tag, post_count: hit.post_count }
    }
}

/// A page of tags.
#[derive(Serialize, ToSchema)]
pub struct Tags {
    pub hits: Vec<TagHit>,
    /// Empty on the last page.
    pub next_page_token: String,
}

impl From<v1::SearchTagsResponse> for Tags {
    fn from(response: v1::SearchTagsResponse) -> Self {
        let hits = response.hits.into_iter().map(TagHit::from).collect();
        Tags { hits, next_page_token: response.next_page_token }
    }
}

/// Users and tags that begin so.
#[derive(Serialize, ToSchema)]
pub struct Suggestions {
    pub users: Vec<UserHit>,
    pub tags: Vec<TagHit>,
}

impl From<v1::SuggestResponse> for Suggestions {
    fn from(response: v1::SuggestResponse) -> Self {
        Suggestions {
            users: response.users.into_iter().map(UserHit::from).collect(),
            tags: response.tags.into_iter().map(TagHit::from).collect(),
        }
    }
}

/// How far a rebuild is.
#[derive(Serialize, ToSchema)]
pub struct Rebuild {
    pub rebuild_id: String,
    /// `running`, `done`, or `failed`: then the old index still answers.
    pub state: &'static str,
    /// Events that were applied.
    pub applied_count: i64,
    /// Events that the log held when the rebuild began.
    pub total_count: i64,
    #[serde(with = "time::serde::rfc3339::option")]
    pub start_time: Option<OffsetDateTime>,
    /// Null while it runs.
    #[serde(with = "time::serde::rfc3339::option")]
    pub end_time: Option<OffsetDateTime>,
}

impl From<v1::Rebuild> for Rebuild {
    fn from(rebuild: v1::Rebuild) -> Self {
        let state = match rebuild.state() {
            v1::RebuildState::Done => "done",
            v1::RebuildState::Failed => "failed",
            v1::RebuildState::Running | v1::RebuildState::Unspecified => "running",
        };
        Rebuild {
            state,
            start_time: rebuild.start_time.as_ref().and_then(timestamp::from_proto),
            end_time: rebuild.end_time.as_ref().and_then(timestamp::from_proto),
            rebuild_id: rebuild.rebuild_id,
            applied_count: rebuild.applied_count,
            total_count: rebuild.total_count,
        }
    }
}

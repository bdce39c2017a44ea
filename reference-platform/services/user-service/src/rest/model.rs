//! Bodies of the REST edge.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::Listed;
use crate::domain;

/// What others see of a user.
#[derive(Serialize, ToSchema)]
pub struct Profile {
    user_id: Uuid,
    handle: String,
    display_name: String,
    bio: String,
    /// An image of media-service.
    avatar_media_id: Option<Uuid>,
    follower_count: i64,
    following_count: i64,
    #[schema(format = DateTime)]
    create_time: String,
    etag: String,
}

/// What changes in a profile: fields that are absent stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilePatch {
    /// At most 50 characters.
    pub display_name: Option<String>,
    /// At most 300 characters.
    pub bio: Option<String>,
    /// A UUID; empty takes the image away.
    pub avatar_media_id: Option<String>,
    /// If given, the change is refused (409) when the profile has another one.
    pub etag: Option<String>,
}

/// How the platform behaves for a user.
#[derive(Serialize, ToSchema)]
pub struct Settings {
    /// BCP 47.
    locale: String,
    /// Name of the IANA time zone database.
    time_zone: String,
    discoverable: bool,
    message_policy: MessagePolicy,
}

/// What changes in settings: fields that are absent stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsPatch {
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub discoverable: Option<bool>,
    pub message_policy: Option<MessagePolicy>,
}

/// Who can begin a conversation with a user.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessagePolicy {
    Everyone = 1,
    Followed = 2,
    Nobody = 3,
}

/// Which page of a list is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// 0 means 50; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Empty for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// Somebody in a list of the graph.
#[derive(Serialize, ToSchema)]
pub struct GraphEntry {
    user_id: Uuid,
    #[schema(format = DateTime)]
    since: String,
}

/// A page of a list of the graph.
#[derive(Serialize, ToSchema)]
pub struct GraphPage {
    entries: Vec<GraphEntry>,
    /// Empty on the last page.
    next_page_token: String,
}

/// Somebody worth following.
#[derive(Serialize, ToSchema)]
pub struct Suggestion {
    user_id: Uuid,
    /// Followed ones of the caller who follow this user.
    mutual_count: i32,
}

/// A page of suggestions.
#[derive(Serialize, ToSchema)]
pub struct SuggestionPage {
    suggestions: Vec<Suggestion>,
    /// Empty on the last page.
    next_page_token: String,
}

/// What the caller and another user are to each other.
#[derive(Serialize, ToSchema)]
pub struct Relationship {
    follows: bool,
    followed_by: bool,
    blocked: bool,
    can_message: bool,
}

impl From<domain::profile::Profile> for Profile {
    fn from(profile: domain::profile::Profile) -> Self {
        Self {
            etag: profile.etag(),
            user_id: profile.user_id,
            handle: profile.handle,
            display_name: profile.display_name,
            bio: profile.bio,
            avatar_media_id: profile.avatar_media_id,
            follower_count: profile.follower_count,
            following_count: profile.following_count,
            create_time: rfc3339(profile.create_time),
        }
    }
}

impl From<domain::settings::Settings> for Settings {
    fn from(settings: domain::settings::Settings) -> Self {
        Self {
            locale: settings.locale,
            time_zone: settings.time_zone,
            discoverable: settings.discoverable,
            message_policy: match settings.message_policy {
                domain::settings::MessagePolicy::Everyone => MessagePolicy::Everyone,
                domain::settings::MessagePolicy::Followed => MessagePolicy::Followed,
                domain::settings::MessagePolicy::Nobody => MessagePolicy::Nobody,
            },
        }
    }
}

impl From<Listed<domain::graph::Entry>> for GraphPage {
    fn from(listed: Listed<domain::graph::Entry>) -> Self {
        let entry = |entry: domain::graph::Entry| GraphEntry { user_id: entry.user_id, since: rfc3339(entry.since) };
        Self { entries: listed.entries.into_iter().map(entry).collect(), next_page_token: listed.next_page_token }
    }
}

impl From<Listed<domain::graph::Suggestion>> for SuggestionPage {
    fn from(listed: Listed<domain::graph::Suggestion>) -> Self {
        let suggestion = |suggestion: domain::graph::Suggestion| Suggestion {
            user_id: suggestion.user_id,
            mutual_count: suggestion.mutual_count,
        };
        Self {
            suggestions: listed.entries.into_iter().map(suggestion).collect(),
            next_page_token: listed.next_page_token,
        }
    }
}

impl From<domain::graph::Relationship> for Relationship {
    fn from(relationship: domain::graph::Relationship) -> Self {
        Self {
            follows: relationship.follows,
            followed_by: relationship.followed_by,
            blocked: relationship.blocked,
            can_message: relationship.can_message(),
        }
    }
}

fn rfc3339(time: OffsetDateTime) -> String {
    // Fails only for years outside 0 to 9999, which no clock shows.
    time.format(&Rfc3339).unwrap_or_default()
}

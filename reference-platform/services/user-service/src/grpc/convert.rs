//! Values of the domain as messages.

use social_proto::user::v1::{GetRelationshipResponse, GraphEntry, MessagePolicy, Profile, Settings, Suggestion};
use social_runtime::timestamp;

use crate::domain;

impl From<domain::profile::Profile> for Profile {
    fn from(profile: domain::profile::Profile) -> Self {
        Self {
            user_id: profile.user_id.to_string(),
            etag: profile.etag(),
            handle: profile.handle,
            display_name: profile.display_name,
            bio: profile.bio,
            avatar_media_id: profile.avatar_media_id.map(|id| id.to_string()).unwrap_or_default(),
            follower_count: profile.follower_count,
            following_count: profile.following_count,
            create_time: Some(timestamp::to_proto(profile.create_time)),
        }
    }
}

impl From<domain::settings::Settings> for Settings {
    fn from(settings: domain::settings::Settings) -> Self {
        Self {
            locale: settings.locale,
            time_zone: settings.time_zone,
            discoverable: settings.discoverable,
            message_policy: MessagePolicy::from(settings.message_policy).into(),
        }
    }
}

impl From<domain::settings::MessagePolicy> for MessagePolicy {
    fn from(policy: domain::settings::MessagePolicy) -> Self {
        match policy {
            domain::settings::MessagePolicy::Everyone => Self::Everyone,
            domain::settings::MessagePolicy::Followed => Self::Followed,
            domain::settings::MessagePolicy::Nobody => Self::Nobody,
        }
    }
}

impl From<domain::graph::Relationship> for GetRelationshipResponse {
    fn from(relationship: domain::graph::Relationship) -> Self {
        Self {
            follows: relationship.follows,
            followed_by: relationship.followed_by,
            blocked: relationship.blocked,
            can_message: relationship.can_message(),
        }
    }
}

impl From<domain::graph::Suggestion> for Suggestion {
    fn from(suggestion: domain::graph::Suggestion) -> Self {
        Self { user_id: suggestion.user_id.to_string(), mutual_count: suggestion.mutual_count }
    }
}

/// Entries of a list of the graph.
pub(super) fn entries(entries: Vec<domain::graph::Entry>) -> Vec<GraphEntry> {
    let message = |entry: domain::graph::Entry| GraphEntry {
        user_id: entry.user_id.to_string(),
        since: Some(timestamp::to_proto(entry.since)),
    };
    entries.into_iter().map(message).collect()
}

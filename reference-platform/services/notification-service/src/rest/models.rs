//! What is told in JSON. Names of enums are in lower case, times in RFC 3339.

use serde::{Deserialize, Serialize};
use social_proto::notification::v1;
use social_runtime::timestamp;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// What a notification is about.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Followed,
    Commented,
    Reacted,
    Message,
    Media,
    Live,
}

impl Kind {
    fn from_contract(kind: v1::NotificationKind) -> Option<Self> {
        match kind {
            v1::NotificationKind::Unspecified => None,
            v1::NotificationKind::Followed => Some(Self::Followed),
            v1::NotificationKind::Commented => Some(Self::Commented),
            v1::NotificationKind::Reacted => Some(Self::Reacted),
            v1::NotificationKind::Message => Some(Self::Message),
            v1::NotificationKind::Media => Some(Self::Media),
            v1::NotificationKind::Live => Some(Self::Live),
        }
    }

    fn to_contract(self) -> v1::NotificationKind {
        match self {
            Self::Followed => v1::NotificationKind::Followed,
            Self::Commented => v1::NotificationKind::Commented,
            Self::Reacted => v1::NotificationKind::Reacted,
            Self::Message => v1::NotificationKind::Message,
            Self::Media => v1::NotificationKind::Media,
            Self::Live => v1::NotificationKind::Live,
        }
    }
}

/// Something that a user was told.
#[derive(Serialize, ToSchema)]
pub struct Notification {
    pub notification_id: String,
    pub kind: Option<Kind>,
    pub title: String,
    pub body: String,
    /// Who did it; empty if nobody did.
    pub actor_id: String,
    /// A post, a conversation, a file or a stream, by kind.
    pub subject_id: String,
    pub read: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    pub create_time: Option<OffsetDateTime>,
}

impl From<v1::Notification> for Notification {
    fn from(notification: v1::Notification) -> Self {
        Self {
            kind: Kind::from_contract(notification.kind()),
            notification_id: notification.notification_id,
            title: notification.title,
            body: notification.body,
            actor_id: notification.actor_id,
            subject_id: notification.subject_id,
            read: notification.read,
            create_time: notification.create_time.as_ref().and_then(timestamp::from_proto),
        }
    }
}

/// A page of notifications, newest first.
#[derive(Serialize, ToSchema)]
pub struct Notifications {
    pub notifications: Vec<Notification>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Which notifications are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NotificationsPage {
    #[serde(default)]
    pub unread_only: bool,
    /// 0 means 50; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Empty for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// How many were not read.
#[derive(Serialize, ToSchema)]
pub struct UnreadCount {
    pub unread_count: i64,
}

/// The newest notification that was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    pub notification_id: String,
}

/// Ways to a user.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    InApp,
    Push,
}

/// On which ways a user wants to be told of a kind.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    pub kind: Kind,
    /// Empty for not at all.
    pub channels: Vec<Channel>,
}

/// When nothing is pushed, in the time zone of the user's settings; over midnight if the end is the smaller one.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Minute of the day, 0 to 1439.
    pub begin_minute: i32,
    /// Minute of the day, 0 to 1439.
    pub end_minute: i32,
}

/// What a user wants to be told.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// One for each kind; a kind that is absent goes on all ways.
    #[serde(default)]
    pub preferences: Vec<Preference>,
    /// Null for none.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
}

impl From<v1::Preferences> for Preferences {
    fn from(preferences: v1::Preferences) -> Self {
        let preference = |one: &v1::Preference| {
            let channels = one.channels().filter_map(|channel| match channel {
                v1::NotificationChannel::Unspecified => None,
                v1::NotificationChannel::InApp => Some(Channel::InApp),
                v1::NotificationChannel::Push => Some(Channel::Push),
            });
            Some(Preference { kind: Kind::from_contract(one.kind())?, channels: channels.collect() })
        };
        Self {
            preferences: preferences.preferences.iter().filter_map(preference).collect(),
            quiet_hours: preferences
                .quiet_hours
                .map(|hours| QuietHours { begin_minute: hours.begin_minute, end_minute: hours.end_minute }),
        }
    }
}

impl From<Preferences> for v1::Preferences {
    fn from(preferences: Preferences) -> Self {
        let preference = |one: Preference| {
            let channels = one.channels.into_iter().map(|channel| match channel {
                Channel::InApp => v1::NotificationChannel::InApp.into(),
                Channel::Push => v1::NotificationChannel::Push.into(),
            });
            v1::Preference { kind: one.kind.to_contract().into(), channels: channels.collect() }
        };
        Self {
            preferences: preferences.preferences.into_iter().map(preference).collect(),
            quiet_hours: preferences
                .quiet_hours
                .map(|hours| v1::QuietHours { begin_minute: hours.begin_minute, end_minute: hours.end_minute }),
        }
    }
}

/// Which service pushes to a device.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    Fcm,
    Apns,
    WebPush,
}

impl Provider {
    fn from_contract(provider: v1::PushProvider) -> Option<Self> {
        match provider {
            v1::PushProvider::Unspecified => None,
            v1::PushProvider::Fcm => Some(Self::Fcm),
            v1::PushProvider::Apns => Some(Self::Apns),
            v1::PushProvider::WebPush => Some(Self::WebPush),
        }
    }

    /// As the contract says it.
    pub fn to_contract(self) -> v1::PushProvider {
        match self {
            Self::Fcm => v1::PushProvider::Fcm,
            Self::Apns => v1::PushProvider::Apns,
            Self::WebPush => v1::PushProvider::WebPush,
        }
    }
}

/// Where pushes go. Its token is not given back.
#[derive(Serialize, ToSchema)]
pub struct Device {
    pub device_id: String,
    pub provider: Option<Provider>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub update_time: Option<OffsetDateTime>,
}

impl From<v1::Device> for Device {
    fn from(device: v1::Device) -> Self {
        Self {
            provider: Provider::from_contract(device.provider()),
            device_id: device.device_id,
            update_time: device.update_time.as_ref().and_then(timestamp::from_proto),
        }
    }
}

/// A device as it is set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    pub provider: Provider,
    /// As the provider gave it, at most 4096 characters.
    pub token: String,
}

/// A page of devices.
#[derive(Serialize, ToSchema)]
pub struct Devices {
    pub devices: Vec<Device>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Which page of a list is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// 0 means 20; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Empty for the first page.
    #[serde(default)]
    pub page_token: String,
}

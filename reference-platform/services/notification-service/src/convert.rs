//! Rows as messages of the contract.

use social_proto::notification::v1::{
    DeadLetterEntry, Device, Notification, NotificationChannel, Preference, Preferences, QuietHours, Template,
};
use social_runtime::timestamp;
use uuid::Uuid;

use crate::store;

/// A notification as its recipient sees it.
pub fn notification(row: store::Notification) -> Notification {
    Notification {
        notification_id: row.notification_id.to_string(),
        kind: row.kind.into(),
        title: row.title,
        body: row.body,
        actor_id: optional(row.actor_id),
        subject_id: optional(row.subject_id),
        read: row.read,
        create_time: Some(timestamp::to_proto(row.create_time)),
    }
}

/// A preference for each kind.
pub fn preferences(preferences: &store::Preferences) -> Preferences {
    let preference = |one: &store::Preference| {
        let in_app = one.in_app.then_some(NotificationChannel::InApp);
        let push = one.push.then_some(NotificationChannel::Push);
        let channels = in_app.into_iter().chain(push).map(i32::from).collect();
        Preference { kind: one.kind.number().into(), channels }
    };
    let quiet_hours = preferences
        .quiet_hours
        .map(|hours| QuietHours { begin_minute: hours.begin.into(), end_minute: hours.end.into() });
    Preferences { preferences: preferences.of.iter().map(preference).collect(), quiet_hours }
}

/// A device, without its token.
pub fn device(row: store::Device) -> Device {
    Device {
        device_id: row.device_id.to_string(),
        provider: row.provider.into(),
        update_time: Some(timestamp::to_proto(row.update_time)),
    }
}

/// The words for one kind in one language.
pub fn template(row: store::TemplateRow) -> Template {
    Template { kind: row.kind.into(), locale: row.locale, title: row.title, body: row.body }
}

/// What is kept of a failure.
pub fn dead_letter(row: store::DeadLetter) -> DeadLetterEntry {
    DeadLetterEntry {
        dead_letter_id: row.dead_letter_id.to_string(),
        source_topic: row.source_topic,
        reason: row.reason,
        attempt_count: row.attempt_count,
        fail_time: Some(timestamp::to_proto(row.fail_time)),
    }
}

fn optional(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

//! Pushes to devices: whether and when one is made, what a provider can answer, and what follows from it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Kind;
use super::quiet::QuietHours;

/// Which service pushes to a device. The numbers are those of the contract and of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Provider {
    Fcm = 1,
    Apns = 2,
    WebPush = 3,
}

impl Provider {
    /// In the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Fcm, Self::Apns, Self::WebPush];

    /// The provider of a number, or none when it is unknown.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| i32::from(provider.number()) == number)
    }

    /// As the contract and the columns have it.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// For metrics and reasons.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fcm => "fcm",
            Self::Apns => "apns",
            Self::WebPush => "web_push",
        }
    }
}

/// What a device is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Push {
    /// The same in all attempts: who has seen it passes over the next one.
    pub delivery_id: Uuid,
    pub notification_id: Uuid,
    pub kind: Kind,
    /// Of the device, a secret.
    pub token: String,
    pub title: String,
    pub body: String,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    /// Afterwards nobody wants to know it any more.
    pub expire_time: OffsetDateTime,
}

/// Without secrets and words.
impl fmt::Debug for Push {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Push").field("delivery_id", &self.delivery_id).finish_non_exhaustive()
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// The token is not valid any more, and never will be.
    Gone,
    /// Another attempt cannot help; the reason is for developers.
    Refused(String),
    /// Another attempt may help, not before the time that the provider names.
    Failed {
        reason: String,
        retry_after: Option<Duration>,
    },
}

impl Outcome {
    /// Whether the provider works: one that refuses a single push does.
    pub fn provider_works(&self) -> bool {
        !matches!(self, Self::Failed { .. })
    }

    /// For metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Gone => "gone",
            Self::Refused(_) => "refused",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Makes pushes. Each call is one attempt, and ends in time.
#[async_trait]
pub trait PushProvider: Send + Sync {
    async fn push(&self, push: &Push) -> Outcome;
}

/// A push that is due, and what its recipient wants.
#[derive(Clone, Debug)]
pub struct Due {
    pub push: Push,
    pub provider: Provider,
    pub recipient_id: Uuid,
    pub device_id: Uuid,
    /// Attempts that were made.
    pub attempt_count: i32,
    /// Whether the recipient has read it meanwhile.
    pub read: bool,
    /// Whether the recipient wants pushes of this kind.
    pub wanted: bool,
    pub quiet_hours: Option<QuietHours>,
    pub time_zone: String,
}

/// Whether a push is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Push,
    /// It is quiet until then.
    Wait(OffsetDateTime),
    /// Nobody wants it any more; why, for metrics.
    Drop(&'static str),
    /// It is too old.
    TooLate,
}

impl Due {
    /// Whether it is made now.
    pub fn verdict(&self, now: OffsetDateTime) -> Verdict {
        if self.read {
            return Verdict::Drop("read");
        }
        if !self.wanted {
            return Verdict::Drop("unwanted");
        }
        if now >= self.push.expire_time {
            return Verdict::TooLate;
        }
        match self.quiet_hours.and_then(|hours| hours.end_after(now, &self.time_zone)) {
            Some(end) => Verdict::Wait(end),
            None => Verdict::Push,
        }
    }
}

/// Most that a provider can make a push wait.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// The pause after so many attempts, at least 1: doubles up to the longest, the upper half of it by `chance` in 0 to 1. Not shorter
/// than the provider wants.
pub fn pause(
    first: Duration,
    longest: Duration,
    attempts: i32,
    chance: f64,
    retry_after: Option<Duration>,
) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or_default().min(20);
    let full = first.saturating_mul(1 << doublings).min(longest);
    let jittered = full.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0));
    jittered.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-10 12:00 UTC);

    fn due() -> Due {
        let push = Push {
            delivery_id: Uuid::nil(),
            notification_id: Uuid::nil(),
            kind: Kind::Live,
            token: "secret".to_owned(),
            title: String::new(),
            body: String::new(),
            actor_id: None,
            subject_id: None,
            expire_time: NOW + Duration::from_secs(60),
        };
        Due {
            push,
            provider: Provider::Fcm,
            recipient_id: Uuid::nil(),
            device_id: Uuid::nil(),
            attempt_count: 0,
            read: false,
            wanted: true,
            quiet_hours: None,
            time_zone: "UTC".to_owned(),
        }
    }

    #[test]
    fn a_push_is_made_when_it_is_wanted_and_not_quiet() {
        assert_eq!(due().verdict(NOW), Verdict::Push);
        assert_eq!(Due { read: true, ..due() }.verdict(NOW), Verdict::Drop("read"));
        assert_eq!(Due { wanted: false, ..due() }.verdict(NOW), Verdict::Drop("unwanted"));
        let quiet_hours = Some(QuietHours { begin: 660, end: 780 });
        assert_eq!(Due { quiet_hours, ..due() }.verdict(NOW), Verdict::Wait(datetime!(2026-01-10 13:00 UTC)));
        assert_eq!(due().verdict(NOW + Duration::from_secs(60)), Verdict::TooLate);
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(60));
        let seconds = |attempts, chance| pause(first, longest, attempts, chance, None).as_secs_f64();
        assert_eq!([seconds(1, 1.0), seconds(3, 1.0), seconds(9, 1.0), seconds(i32::MAX, 1.0)], [1.0, 4.0, 60.0, 60.0]);
        assert_eq!(seconds(3, 0.0), 2.0);
        let wanted = |after| pause(first, longest, 1, 0.0, Some(Duration::from_secs(after)));
        assert_eq!([wanted(90), wanted(u64::MAX)], [Duration::from_secs(90), LONGEST_RETRY_AFTER]);
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", due()).contains("secret"));
    }
}

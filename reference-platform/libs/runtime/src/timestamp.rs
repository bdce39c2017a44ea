//! Times of the contracts.

use prost_types::Timestamp;
use time::{Duration, OffsetDateTime};

/// A time as the contracts hold it.
pub fn to_proto(time: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: time.unix_timestamp(),
        // Below 1 000 000 000.
        nanos: i32::try_from(time.nanosecond()).unwrap_or_default(),
    }
}

/// A time out of a message; `None` when it is outside the years 0001 to 9999 or not normal.
pub fn from_proto(timestamp: &Timestamp) -> Option<OffsetDateTime> {
    if !(0..1_000_000_000).contains(&timestamp.nanos) {
        return None;
    }
    let time = OffsetDateTime::from_unix_timestamp(timestamp.seconds)
        .ok()?
        .checked_add(Duration::nanoseconds(i64::from(timestamp.nanos)))?;
    (1..=9999).contains(&time.year()).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back() {
        for nanos in [0, 1, -1, 1_700_000_000_123_456_789, -62_135_596_800_000_000_000] {
            let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
            assert_eq!(from_proto(&to_proto(time)), Some(time));
        }
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for (seconds, nanos) in [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (253_402_300_800, 0), (-62_135_596_801, 0)]
        {
            assert_eq!(from_proto(&Timestamp { seconds, nanos }), None, "{seconds} {nanos}");
        }
    }
}

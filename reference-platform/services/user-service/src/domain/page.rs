//! Pages by key: where one begins and where the next one does.

use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

/// The page size when none is asked for.
pub const DEFAULT_SIZE: u32 = 50;
/// The largest page.
pub const LARGEST_SIZE: u32 = 100;

/// The last entry of a page, by the two keys that all lists are sorted by, both falling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Microseconds since 1970, or the score of a suggestion.
    pub order: i64,
    pub id: Uuid,
}

impl Cursor {
    /// Before the first entry.
    pub const START: Self = Self { order: i64::MAX, id: Uuid::max() };

    /// The place of an entry in a list by time.
    pub fn at(time: OffsetDateTime, id: Uuid) -> Self {
        Self { order: micros(time), id }
    }

    /// The order as a time; what is out of its range is before or after everything.
    pub fn time(self) -> OffsetDateTime {
        let nanos = i128::from(self.order) * 1000;
        let end = if self.order < 0 { OffsetDateTime::UNIX_EPOCH } else { LAST_TIME };
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(end)
    }
}

const LAST_TIME: OffsetDateTime = PrimitiveDateTime::MAX.assume_utc();

/// Microseconds since 1970, which is how exact times of edges are. Fits until the year 9999.
pub fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// Which entries of a list are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// 1 to [`LARGEST_SIZE`].
    pub size: u32,
    pub after: Cursor,
}

impl Page {
    /// How many entries to read: one more than the page, which tells whether there is a next one.
    pub fn limit(&self) -> i64 {
        i64::from(self.size) + 1
    }

    /// Cuts what was read with [`Page::limit`] to the page. Gives the place after which the next page begins, if there
    /// is one.
    pub fn cut<T>(&self, entries: &mut Vec<T>, place: impl Fn(&T) -> Cursor) -> Option<Cursor> {
        let size = self.size as usize;
        if entries.len() <= size {
            return None;
        }
        entries.truncate(size);
        entries.last().map(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_page_has_no_next_one() {
        let page = Page { size: 2, after: Cursor::START };
        let place = |id: &u128| Cursor { order: 0, id: Uuid::from_u128(*id) };
        let mut two = vec![1, 2];
        assert_eq!(page.cut(&mut two, place), None);
        let mut three = vec![1, 2, 3];
        assert_eq!(page.cut(&mut three, place), Some(place(&2)));
        assert_eq!(three, [1, 2]);
    }

    #[test]
    fn any_order_is_a_time() {
        assert_eq!(Cursor::START.time(), LAST_TIME);
        assert_eq!(Cursor { order: i64::MIN, ..Cursor::START }.time(), OffsetDateTime::UNIX_EPOCH);
        let time = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_000).unwrap();
        assert_eq!(Cursor::at(time, Uuid::nil()).time(), time);
    }
}

//! What a feed is made of, and its order. Imports no framework.

mod rank;

use time::OffsetDateTime;
use uuid::Uuid;

pub use rank::{Affinity, Order, Place, Ranked, rank};

/// A time in microseconds since 1970: exact in the scores of a sorted set, which are doubles.
pub type Micros = i64;

/// A post of an author, or something that a reader did with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The post.
    pub post_id: Uuid,
    /// Whose it is.
    pub author_id: Uuid,
    /// When it was published, or the other thing happened.
    pub time: Micros,
}

/// What is known of a feed at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// When it was built; absent if it is not there yet.
    pub built: Option<Micros>,
    /// Posts that were written into it, newest first.
    pub entries: Vec<Entry>,
    /// What its reader did with posts of others.
    pub interactions: Vec<Entry>,
    /// Very followed accounts that its reader follows.
    pub popular: Vec<Uuid>,
    /// When the newest event that was applied happened, whomever it concerned.
    pub fresh_until: Option<Micros>,
    /// When the oldest event happened that cannot be applied now.
    pub waiting_since: Option<Micros>,
}

/// Now.
pub fn now() -> Micros {
    micros(OffsetDateTime::now_utc())
}

/// Years 0001 to 9999, which is all that contracts hold, fit into it by far.
pub fn micros(time: OffsetDateTime) -> Micros {
    i64::try_from(time.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}

/// The other way round. A number that is no time is the beginning of time, as it was never made here.
pub fn time(micros: Micros) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

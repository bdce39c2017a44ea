//! What is searched, and how texts are compared. Imports no framework.

pub mod highlight;
pub mod query;
pub mod words;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// A time in microseconds since 1970.
pub type Micros = i64;

/// What is searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Document {
    /// A user who wants to be found.
    User {
        /// As the user writes it.
        handle: String,
        /// How the user wants to be called.
        display_name: String,
        /// What the user writes about herself.
        bio: String,
    },
    /// A post that everybody may see.
    Post {
        /// Whose it is.
        author_id: Uuid,
        /// The text.
        text: String,
        /// In lower case, without "#".
        tags: Vec<String>,
        /// When it was published.
        published: Micros,
    },
}

/// What an id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A user.
    User,
    /// A post.
    Post,
}

/// What something is after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub id: Uuid,
    /// Of the event; one that is not greater than the last one is passed over.
    pub sequence: i64,
    /// `None` when it is not to be found.
    pub document: Option<Document>,
}

/// Behind an event in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the next event.
    pub next: i64,
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

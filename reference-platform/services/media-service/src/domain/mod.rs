//! What the service is about: files, what they are, and the forms in which they can be had. Knows no framework, store or contract.

mod sniff;

pub use sniff::{ContentType, HEAD_BYTES, sniff};

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Image,
    Video,
}

impl Kind {
    /// The largest file.
    pub const fn max_bytes(self) -> i64 {
        match self {
            Kind::Image => 20 * 1024 * 1024,
            Kind::Video => 512 * 1024 * 1024,
        }
    }
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Processing,
    Ready,
    Failed,
}

/// The forms of a file, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VariantName {
    /// Without what a camera wrote into it.
    Original,
    Large,
    Small,
    Thumbnail,
    /// The still picture of a video.
    Poster,
    /// HLS.
    Playlist,
}

impl VariantName {
    /// All there can be.
    pub const ALL: [VariantName; 6] = [
        VariantName::Original,
        VariantName::Large,
        VariantName::Small,
        VariantName::Thumbnail,
        VariantName::Poster,
        VariantName::Playlist,
    ];

    /// As addresses and the contract say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            VariantName::Original => "original",
            VariantName::Large => "large",
            VariantName::Small => "small",
            VariantName::Thumbnail => "thumbnail",
            VariantName::Poster => "poster",
            VariantName::Playlist => "playlist",
        }
    }

    /// `None` for any other name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.as_str() == name)
    }
}

/// One form of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub name: VariantName,
    pub content_type: String,
    pub width_pixels: i32,
    pub height_pixels: i32,
    pub size_bytes: i64,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub kind: Kind,
    pub state: State,
    pub content_type: String,
    pub size_bytes: i64,
    pub width_pixels: i32,
    pub height_pixels: i32,
    pub duration: Option<Duration>,
    /// In the order of their names; empty unless ready.
    pub variants: Vec<Variant>,
    /// When its upload began.
    pub create_time: OffsetDateTime,
    /// In words for its owner; only if failed.
    pub failure: String,
}

impl Media {
    /// Whether it is shown: everybody sees what is ready and knows its id, the owner and other services see the rest.
    pub fn visible_to(&self, viewer: Viewer) -> bool {
        self.state == State::Ready
            || match viewer {
                Viewer::Platform => true,
                Viewer::User(account_id) => account_id == self.owner_id,
            }
    }
}

/// What was found in a file, and the forms that were made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processed {
    pub width_pixels: i32,
    pub height_pixels: i32,
    pub duration: Option<Duration>,
    pub variants: Vec<Variant>,
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Another service on its own behalf.
    Platform,
    User(Uuid),
}

/// The present, as exact as PostgreSQL stores it: what is told now equals what is read later.
pub fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
}

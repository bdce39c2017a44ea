//! What the service is about: streams and what happens to them, segments of video, playlists, chat. Knows no framework, store or
//! contract.

mod key;
mod playlist;
mod segment;
mod stream;

pub use key::{KeyHash, StreamKey};
pub use playlist::{Entry, Playlist};
pub use segment::{MAX_CONTENT, MAX_DURATION, MIN_DURATION, Segment, is_transport_stream};
pub use stream::{EndReason, Event, Recorded, State, Stream};

use time::OffsetDateTime;
use uuid::Uuid;

/// Characters of a title.
pub const MAX_TITLE: usize = 140;
/// Characters of a chat message.
pub const MAX_CHAT_TEXT: usize = 500;
/// Streams of an owner that have not ended.
pub const MAX_OPEN_STREAMS: i64 = 20;
/// Segments of a stream: seven hours of the shortest. The playlist of all of them fits into one message.
pub const MAX_SEGMENTS: i64 = 25_000;

/// Something that was said in a chat.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatMessage {
    /// Counts the messages of the stream.
    pub number: i64,
    pub id: Uuid,
    pub sender_id: Uuid,
    pub text: String,
    pub send_time: OffsetDateTime,
}

/// The time, as exact as the database keeps it.
pub fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
}

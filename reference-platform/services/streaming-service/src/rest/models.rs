//! What the REST edge takes and gives.

use serde::{Deserialize, Serialize};
use social_proto::streaming::v1;
use social_runtime::timestamp;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// A live video, from its making to its end.
#[derive(Serialize, ToSchema)]
pub struct Stream {
    pub stream_id: String,
    pub owner_id: String,
    pub title: String,
    pub state: Option<State>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub create_time: Option<OffsetDateTime>,
    /// Absent before it is live.
    #[serde(with = "time::serde::rfc3339::option")]
    pub live_time: Option<OffsetDateTime>,
    /// Absent before its end.
    #[serde(with = "time::serde::rfc3339::option")]
    pub end_time: Option<OffsetDateTime>,
    /// Who watches now, at most a few seconds old.
    pub viewer_count: i64,
    pub peak_viewer_count: i64,
}

impl From<v1::Stream> for Stream {
    fn from(stream: v1::Stream) -> Self {
        Stream {
            state: State::from_contract(stream.state()),
            stream_id: stream.stream_id,
            owner_id: stream.owner_id,
            title: stream.title,
            create_time: stream.create_time.as_ref().and_then(timestamp::from_proto),
            live_time: stream.live_time.as_ref().and_then(timestamp::from_proto),
            end_time: stream.end_time.as_ref().and_then(timestamp::from_proto),
            viewer_count: stream.viewer_count,
            peak_viewer_count: stream.peak_viewer_count,
        }
    }
}

/// Where a stream is in its life.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Created,
    Live,
    /// Was live; its encoder is away for a moment.
    Interrupted,
    Ended,
}

impl State {
    fn from_contract(state: v1::StreamState) -> Option<Self> {
        match state {
            v1::StreamState::Unspecified => None,
            v1::StreamState::Created => Some(State::Created),
            v1::StreamState::Live => Some(State::Live),
            v1::StreamState::Interrupted => Some(State::Interrupted),
            v1::StreamState::Ended => Some(State::Ended),
        }
    }
}

/// A stream that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStream {
    /// 1 to 140 characters.
    pub title: String,
}

/// A stream with its first key.
#[derive(Serialize, ToSchema)]
pub struct CreatedStream {
    pub stream: Option<Stream>,
    /// A secret, shown here only. Empty when the call was made before.
    pub stream_key: String,
}

/// Another key.
#[derive(Serialize, ToSchema)]
pub struct Key {
    /// A secret, shown here only. Empty when the call was made before.
    pub stream_key: String,
}

/// A page of streams.
#[derive(Serialize, ToSchema)]
pub struct Streams {
    pub streams: Vec<Stream>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Something that happened to a stream.
#[derive(Serialize, ToSchema)]
pub struct HistoryEntry {
    /// Counts from 1, without gaps.
    pub sequence: i64,
    pub state: Option<State>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub occur_time: Option<OffsetDateTime>,
}

impl From<v1::StreamHistoryEntry> for HistoryEntry {
    fn from(entry: v1::StreamHistoryEntry) -> Self {
        HistoryEntry {
            sequence: entry.sequence,
            state: State::from_contract(entry.state()),
            occur_time: entry.occur_time.as_ref().and_then(timestamp::from_proto),
        }
    }
}

/// A page of what happened to a stream, oldest first.
#[derive(Serialize, ToSchema)]
pub struct History {
    pub entries: Vec<HistoryEntry>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Who watches.
#[derive(Serialize, ToSchema)]
pub struct Audience {
    pub viewer_count: i64,
}

/// Something that somebody says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChatMessage {
    /// 1 to 500 characters.
    pub text: String,
}

/// Something that was said.
#[derive(Serialize, ToSchema)]
pub struct ChatMessage {
    pub message_id: String,
    pub sender_id: String,
    pub text: String,
    #[serde(with = "time::serde::rfc3339::option")]
    pub send_time: Option<OffsetDateTime>,
}

impl From<v1::StreamChatMessage> for ChatMessage {
    fn from(message: v1::StreamChatMessage) -> Self {
        ChatMessage {
            send_time: message.send_time.as_ref().and_then(timestamp::from_proto),
            message_id: message.message_id,
            sender_id: message.sender_id,
            text: message.text,
        }
    }
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// 0 means the usual size; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

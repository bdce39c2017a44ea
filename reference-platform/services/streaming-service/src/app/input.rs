//! What must hold of a request before anything is done. Gives what is needed of the request, parsed.

use std::time::Duration;

use social_proto::streaming::v1::{
    CreateStreamRequest, IngestHeader, ListLiveStreamsRequest, ListStreamHistoryRequest, ListStreamsRequest,
    PutViewerRequest, RotateStreamKeyRequest, Segment as SegmentMessage, SendChatMessageRequest, StreamState,
};
use social_runtime::Error;
use social_runtime::page::Query;
use social_runtime::validate::{ONE_LINE, TEXT, Validation};
use uuid::Uuid;

use crate::convert;
use crate::domain::{
    KeyHash, MAX_CHAT_TEXT, MAX_CONTENT, MAX_DURATION, MAX_TITLE, MIN_DURATION, Segment, State, is_transport_stream,
};
use crate::store::LivePosition;

const PAGE: u32 = 20;
const HISTORY_PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;
/// Characters of a longer key were never made here.
const MAX_KEY: usize = 100;

/// One id that is required.
pub fn id(field: &str, value: &str) -> Result<Uuid, Error> {
    let mut check = Validation::new();
    let id = check.uuid(field, value);
    check.finish().map(|()| id)
}

/// The id of the request.
pub fn create_stream(request: &CreateStreamRequest) -> Result<Uuid, Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("request_id", &request.request_id);
    check.text("title", &request.title, 1..=MAX_TITLE);
    check.characters("title", &request.title, ONE_LINE);
    check.check("title", request.title.is_empty() || !is_blank(&request.title), "must not be blank");
    check.finish().map(|()| request_id)
}

/// The id of the request, and of the stream.
pub fn rotate_stream_key(request: &RotateStreamKeyRequest) -> Result<(Uuid, Uuid), Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("request_id", &request.request_id);
    let stream_id = check.uuid("stream_id", &request.stream_id);
    check.finish().map(|()| (request_id, stream_id))
}

/// A page of some list: how many, and the query that makes tokens for the next.
pub struct Page<Position> {
    pub after: Position,
    pub size: usize,
    pub query: Query,
}

/// A page of live streams.
pub fn list_live_streams(request: &ListLiveStreamsRequest) -> Result<Page<LivePosition>, Error> {
    let mut check = Validation::new();
    let size = check.page_size("page_size", request.page_size, PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListLiveStreams");
    let after = query.cursor::<(i64, Uuid)>(&request.page_token)?;
    let after = after.map_or(LivePosition::START, |(viewer_count, stream_id)| LivePosition { viewer_count, stream_id });
    Ok(Page { after, size: size as usize, query })
}

/// The owner, and a page of the streams before one.
pub fn list_streams(request: &ListStreamsRequest) -> Result<(Uuid, Page<Uuid>), Error> {
    let mut check = Validation::new();
    let owner_id = check.uuid("owner_id", &request.owner_id);
    let size = check.page_size("page_size", request.page_size, PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListStreams").with(owner_id);
    let after = query.cursor(&request.page_token)?.unwrap_or(Uuid::max());
    Ok((owner_id, Page { after, size: size as usize, query }))
}

/// The stream, and a page of its history after an event and the state that it led to.
pub fn list_stream_history(request: &ListStreamHistoryRequest) -> Result<(Uuid, Page<(i64, State)>), Error> {
    let mut check = Validation::new();
    let stream_id = check.uuid("stream_id", &request.stream_id);
    let size = check.page_size("page_size", request.page_size, HISTORY_PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListStreamHistory").with(stream_id);
    let after = match query.cursor::<(i64, i32)>(&request.page_token)? {
        None => (0, State::Created),
        Some((sequence, state)) => {
            let state = StreamState::try_from(state).ok().and_then(convert::state_from);
            (sequence, state.ok_or_else(|| Error::invalid("page_token", "is not a token of this service"))?)
        }
    };
    Ok((stream_id, Page { after, size: size as usize, query }))
}

/// The stream, and the hash of the key that is shown.
pub fn ingest_header(header: &IngestHeader) -> Result<(Uuid, KeyHash), Error> {
    let mut check = Validation::new();
    let stream_id = check.uuid("header.stream_id", &header.stream_id);
    check.text("header.stream_key", &header.stream_key, 1..=MAX_KEY);
    check.finish().map(|()| (stream_id, KeyHash::of(&header.stream_key)))
}

/// A segment.
pub fn segment(message: SegmentMessage) -> Result<Segment, Error> {
    let mut check = Validation::new();
    check.check("segment.sequence", message.sequence >= 1, "must be 1 or more");
    let duration = message.duration.as_ref();
    let duration = check.present("segment.duration", duration).and_then(|given| Duration::try_from(*given).ok());
    let range = MIN_DURATION..=MAX_DURATION;
    let is_wrong = message.duration.is_some() && !duration.is_some_and(|duration| range.contains(&duration));
    check.check("segment.duration", !is_wrong, "must be 1 to 10 seconds");
    check.bytes("segment.content", &message.content, 1..=MAX_CONTENT);
    let is_readable = message.content.len() > MAX_CONTENT || is_transport_stream(&message.content);
    check.check("segment.content", is_readable, "must be an MPEG-2 transport stream of whole packets");
    check.finish()?;
    Ok(Segment { sequence: message.sequence, duration: duration.unwrap_or_default(), content: message.content })
}

/// The stream and the viewer.
pub fn put_viewer(request: &PutViewerRequest) -> Result<(Uuid, Uuid), Error> {
    let mut check = Validation::new();
    let stream_id = check.uuid("stream_id", &request.stream_id);
    let viewer_id = check.uuid("viewer_id", &request.viewer_id);
    check.finish().map(|()| (stream_id, viewer_id))
}

/// The id of the request, and of the stream.
pub fn send_chat_message(request: &SendChatMessageRequest) -> Result<(Uuid, Uuid), Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("request_id", &request.request_id);
    let stream_id = check.uuid("stream_id", &request.stream_id);
    check.text("text", &request.text, 1..=MAX_CHAT_TEXT);
    check.characters("text", &request.text, TEXT);
    check.check("text", request.text.is_empty() || !is_blank(&request.text), "must not be blank");
    check.finish().map(|()| (request_id, stream_id))
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: SegmentMessage) -> Vec<String> {
        let error = segment(message).err().unwrap();
        error.field_violations().iter().map(|violation| violation.field.clone()).collect()
    }

    #[test]
    fn segments_are_checked_as_a_whole() {
        let mut content = vec![0; 188];
        content[0] = 0x47;
        let seconds = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
        let right = SegmentMessage { sequence: 1, duration: seconds(10, 0), content };
        assert!(segment(right.clone()).is_ok());
        for duration in [None, seconds(0, 999_999_999), seconds(10, 1), seconds(-5, 0), seconds(i64::MAX, -1)] {
            assert_eq!(refused(SegmentMessage { duration, ..right.clone() }), ["segment.duration"], "{duration:?}");
        }
        let all = ["segment.sequence", "segment.duration", "segment.content", "segment.content"];
        assert_eq!(refused(SegmentMessage::default()), all);
        let large = SegmentMessage { content: vec![0x47; MAX_CONTENT + 1], ..right };
        assert_eq!(refused(large), ["segment.content"]);
    }
}

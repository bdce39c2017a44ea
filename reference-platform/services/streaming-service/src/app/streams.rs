//! Use cases of streams themselves.

use social_auth::Caller;
use social_database::answers;
use social_proto::streaming::v1::{
    CreateStreamRequest, CreateStreamResponse, EndStreamRequest, EndStreamResponse, GetStreamRequest,
    GetStreamResponse, ListLiveStreamsRequest, ListLiveStreamsResponse, ListStreamHistoryRequest,
    ListStreamHistoryResponse, ListStreamsRequest, ListStreamsResponse, RotateStreamKeyRequest,
    RotateStreamKeyResponse, StreamHistoryEntry,
};
use social_runtime::{Error, timestamp};
use uuid::Uuid;

use super::{App, input};
use crate::convert;
use crate::domain::StreamKey;
use crate::store::Shown;

/// Under these names answers are stored.
const CREATE_STREAM: &str = "social.streaming.v1.StreamingService/CreateStream";
const ROTATE_STREAM_KEY: &str = "social.streaming.v1.StreamingService/RotateStreamKey";

impl App {
    /// Makes a stream and its first key.
    pub async fn create_stream(
        &self,
        caller: &Caller,
        request: CreateStreamRequest,
    ) -> Result<CreateStreamResponse, Error> {
        let owner_id = caller.account_id()?;
        let request_id = input::create_stream(&request)?;
        let once = answers::Key::new(owner_id, CREATE_STREAM, request_id, &request);
        let key = new_key()?;
        let (mut response, is_new) =
            self.store.create_stream(Uuid::now_v7(), owner_id, &request.title, key.hash(), &once).await?;
        if is_new {
            self.follow().await;
            response.stream_key = key.into_exposed();
        }
        Ok(response)
    }

    /// Gives a stream of the caller another key.
    pub async fn rotate_stream_key(
        &self,
        caller: &Caller,
        request: RotateStreamKeyRequest,
    ) -> Result<RotateStreamKeyResponse, Error> {
        let owner_id = caller.account_id()?;
        let (request_id, stream_id) = input::rotate_stream_key(&request)?;
        let once = answers::Key::new(owner_id, ROTATE_STREAM_KEY, request_id, &request);
        let key = new_key()?;
        if !self.store.rotate_key(stream_id, owner_id, key.hash(), &once).await? {
            return Ok(RotateStreamKeyResponse::default());
        }
        self.cut_off().await;
        self.follow().await;
        Ok(RotateStreamKeyResponse { stream_key: key.into_exposed() })
    }

    /// One stream.
    pub async fn get_stream(&self, request: GetStreamRequest) -> Result<GetStreamResponse, Error> {
        let stream_id = input::id("stream_id", &request.stream_id)?;
        let shown = self.shown(stream_id).await?;
        Ok(GetStreamResponse { stream: Some(convert::stream(&shown.stream, shown.viewer_count)) })
    }

    /// A page of live streams. Counts change while somebody reads: a stream can come twice, or on no page.
    pub async fn list_live_streams(&self, request: ListLiveStreamsRequest) -> Result<ListLiveStreamsResponse, Error> {
        let page = input::list_live_streams(&request)?;
        // One more than asked for tells whether there is another page.
        let mut streams = self.store.live_streams(page.after, page.size as i64 + 1).await?;
        let more = streams.len() > page.size;
        streams.truncate(page.size);
        let next_page_token = match streams.last() {
            Some(last) if more => page.query.token(&(last.viewer_count, last.stream.id)),
            Some(_) | None => String::new(),
        };
        Ok(ListLiveStreamsResponse { streams: messages(&streams), next_page_token })
    }

    /// A page of the streams of an owner.
    pub async fn list_streams(&self, request: ListStreamsRequest) -> Result<ListStreamsResponse, Error> {
        let (owner_id, page) = input::list_streams(&request)?;
        let mut streams = self.store.streams_of(owner_id, page.after, page.size as i64 + 1).await?;
        let more = streams.len() > page.size;
        streams.truncate(page.size);
        let next_page_token = match streams.last() {
            Some(last) if more => page.query.token(&last.stream.id),
            Some(_) | None => String::new(),
        };
        Ok(ListStreamsResponse { streams: messages(&streams), next_page_token })
    }

    /// A page of what happened to a stream of the caller.
    pub async fn list_stream_history(
        &self,
        caller: &Caller,
        request: ListStreamHistoryRequest,
    ) -> Result<ListStreamHistoryResponse, Error> {
        let owner_id = caller.account_id()?;
        let (stream_id, page) = input::list_stream_history(&request)?;
        if self.shown(stream_id).await?.stream.owner_id != owner_id {
            return Err(Error::permission_denied("the stream is somebody else's"));
        }
        let mut entries = self.store.history(stream_id, page.after, page.size as i64 + 1).await?;
        let more = entries.len() > page.size;
        entries.truncate(page.size);
        let next_page_token = match entries.last() {
            Some((last, state)) if more => page.query.token(&(last.sequence, convert::state(*state) as i32)),
            Some(_) | None => String::new(),
        };
        let entries = entries.into_iter().map(|(recorded, state)| StreamHistoryEntry {
            sequence: recorded.sequence,
            state: convert::state(state).into(),
            occur_time: Some(timestamp::to_proto(recorded.occur_time)),
        });
        Ok(ListStreamHistoryResponse { entries: entries.collect(), next_page_token })
    }

    /// Ends a stream of the caller.
    pub async fn end_stream(&self, caller: &Caller, request: EndStreamRequest) -> Result<EndStreamResponse, Error> {
        let owner_id = caller.account_id()?;
        let stream_id = input::id("stream_id", &request.stream_id)?;
        let stream = self.store.end_stream(stream_id, owner_id).await?;
        self.cut_off().await;
        self.follow().await;
        self.rooms.tell(stream_id).await;
        Ok(EndStreamResponse { stream: Some(convert::stream(&stream, 0)) })
    }

    /// Streams of an account that is deleted.
    pub async fn delete_account(&self, event_id: Uuid, account_id: Uuid) -> Result<(), Error> {
        let ended = self.store.delete_account(event_id, account_id).await?;
        self.cut_off().await;
        self.follow().await;
        for stream_id in ended {
            self.rooms.tell(stream_id).await;
        }
        Ok(())
    }

    /// Encoders of this replica that may not send any more are told at once, those of others within a second.
    async fn cut_off(&self) {
        if let Err(error) = self.ingests.review(&self.store).await {
            tracing::warn!(%error, "encoders are cut off later");
        }
    }
}

fn new_key() -> Result<StreamKey, Error> {
    StreamKey::random().ok_or_else(|| Error::internal(std::io::Error::other("no random bytes")))
}

fn messages(streams: &[Shown]) -> Vec<social_proto::streaming::v1::Stream> {
    streams.iter().map(|shown| convert::stream(&shown.stream, shown.viewer_count)).collect()
}

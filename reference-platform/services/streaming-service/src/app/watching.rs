//! Use cases of who watches: playlists, segments, viewers.

use social_auth::Caller;
use social_proto::streaming::v1::{GetPlaylistRequest, PutViewerRequest, PutViewerResponse};
use social_runtime::Error;

use super::{App, input};
use crate::domain::{Playlist, State};
use crate::store::{Window, stream_not_live};

/// Segments in the playlist of a live stream.
const LIVE_WINDOW: i64 = 6;

/// A playlist, and whether it will change.
pub struct Playable {
    pub playlist: String,
    pub is_live: bool,
}

impl App {
    /// The playlist of a stream: the last segments while it is live, all of them afterwards.
    pub async fn get_playlist(&self, request: GetPlaylistRequest) -> Result<Playable, Error> {
        let stream_id = input::id("stream_id", &request.stream_id)?;
        let stream = self.shown(stream_id).await?.stream;
        let ended = stream.state == State::Ended;
        let window = if ended { Window::All } else { Window::Last(LIVE_WINDOW) };
        let entries = self.store.entries(stream_id, window).await?;
        if entries.is_empty() {
            return Err(match stream.live_time {
                None => Error::not_found("the stream is not live yet").with_reason("STREAM_NOT_LIVE"),
                Some(_) => Error::not_found("the recording is not kept any more").with_reason("RECORDING_EXPIRED"),
            });
        }
        let playlist = Playlist { base: &self.public_url, stream_id, ended, entries: &entries }.render();
        Ok(Playable { playlist, is_live: !ended })
    }

    /// The content of a segment, by what stands in the address.
    pub async fn segment(&self, stream_id: &str, sequence: i64) -> Result<Vec<u8>, Error> {
        let stream_id = input::id("stream_id", stream_id)?;
        let segment = self.store.segment(stream_id, sequence).await?;
        segment.ok_or_else(|| Error::not_found("there is no such segment"))
    }

    /// Notes that somebody watches. While Redis is away the answer is what was counted last.
    pub async fn put_viewer(&self, caller: &Caller, request: PutViewerRequest) -> Result<PutViewerResponse, Error> {
        let account_id = caller.account_id()?;
        let (stream_id, viewer_id) = input::put_viewer(&request)?;
        self.viewer_limit.check(&account_id.to_string()).await?;
        let shown = self.shown(stream_id).await?;
        if !matches!(shown.stream.state, State::Live | State::Interrupted) {
            return Err(stream_not_live());
        }
        let viewer_count = self.viewers.put(stream_id, viewer_id).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a viewer is not counted");
            metrics::counter!("streaming_degraded_total", "part" => "viewers").increment(1);
            shown.viewer_count
        });
        Ok(PutViewerResponse { viewer_count })
    }
}

//! The use case of encoders.

use std::time::Duration;

use social_proto::streaming::v1::ingest_segments_request::Part;
use social_proto::streaming::v1::{IngestHeader, IngestSegmentsRequest, IngestSegmentsResponse, Segment};
use social_runtime::Error;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};

use super::{App, input};
use crate::live::Running;
use crate::store::Stored;

/// How long the header may take: it is the first thing that an encoder sends.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);

impl App {
    /// Takes a live video in, until the encoder ends it, leaves (`gone`), is cut off, or this process stops. The stream is interrupted
    /// then, except that this process stops: its encoder comes back to another replica at once, else its silence is noticed.
    pub async fn ingest_segments(
        &self,
        mut messages: Streaming<IngestSegmentsRequest>,
        gone: CancellationToken,
    ) -> Result<IngestSegmentsResponse, Error> {
        let first = timeout(HEADER_PATIENCE, messages.message()).await;
        let header = header(first.map_err(|_| Error::deadline("no header came"))?)?;
        let (stream_id, key_hash) = input::ingest_header(&header)?;
        self.ingests.check_room()?;
        let running = self.ingests.begin(self.store.begin_ingest(stream_id, key_hash).await?);

        let outcome = self.take_segments(&running, &mut messages, &gone).await;
        if !self.stopping.is_cancelled() {
            match self.store.end_ingest(running.ingest()).await {
                Ok(false) => {}
                Ok(true) => self.follow().await,
                Err(error) => tracing::warn!(%error, "the end of an ingest is noticed later"),
            }
        }
        outcome.map(|last_sequence| IngestSegmentsResponse { last_sequence })
    }

    /// Stores segments as they come. Gives the number of the last one.
    async fn take_segments(
        &self,
        running: &Running,
        messages: &mut Streaming<IngestSegmentsRequest>,
        gone: &CancellationToken,
    ) -> Result<i64, Error> {
        let ingest = running.ingest();
        let mut last = ingest.last_segment;
        loop {
            let message = tokio::select! {
                message = timeout(self.ingest_silence, messages.message()) => message,
                () = running.cut_off() => {
                    self.store.check_ingest(ingest).await?;
                    return Err(Error::aborted("the ingest was ended"));
                }
                () = gone.cancelled() => return Err(has_left()),
                () = self.stopping.cancelled() => return Err(Error::unavailable("this replica is stopping: come back")),
            };
            let Some(segment) = segment(message.map_err(|_| Error::deadline("no segment came"))?)? else {
                return Ok(last);
            };
            let segment = input::segment(segment)?;
            let stored = self.store.store_segment(ingest, &segment).await?;
            match stored {
                Stored::Duplicate => {}
                Stored::Added => last = segment.sequence,
                Stored::AddedAndLive => {
                    last = segment.sequence;
                    self.follow().await;
                }
            }
            let result = if stored == Stored::Duplicate { "duplicate" } else { "stored" };
            metrics::counter!("streaming_segments_total", "result" => result).increment(1);
        }
    }
}

fn header(message: Result<Option<IngestSegmentsRequest>, Status>) -> Result<IngestHeader, Error> {
    match message.map_err(broken)?.and_then(|message| message.part) {
        Some(Part::Header(header)) => Ok(header),
        Some(Part::Segment(_)) | None => Err(Error::invalid("header", "is required in the first message")),
    }
}

/// `None` at the end.
fn segment(message: Result<Option<IngestSegmentsRequest>, Status>) -> Result<Option<Segment>, Error> {
    let Some(message) = message.map_err(broken)? else { return Ok(None) };
    match message.part {
        Some(Part::Segment(segment)) => Ok(Some(segment)),
        Some(Part::Header(_)) | None => Err(Error::invalid("segment", "is required in all messages but the first")),
    }
}

/// A connection that breaks is nobody's fault here. A message that is too large keeps its code.
fn broken(status: Status) -> Error {
    match status.code() {
        Code::Unknown | Code::Internal | Code::Cancelled => has_left().with_source(status),
        _ => status.into(),
    }
}

fn has_left() -> Error {
    Error::new(Code::Cancelled, "the encoder has left")
}

//! An encoder of live video, without video.

use std::time::Duration;

use social_proto::streaming::v1::ingest_segments_request::Part;
use social_proto::streaming::v1::{IngestHeader, IngestSegmentsRequest, Segment};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::Api;

/// What a segment says that it lasts.
pub const SEGMENT: Duration = Duration::from_secs(2);
/// Packets of a transport stream in a segment.
const PACKETS: usize = 16;

/// One ingest, which makes its stream live until it ends.
pub struct Encoder {
    parts: mpsc::Sender<IngestSegmentsRequest>,
    ingest: JoinHandle<Result<i64, Status>>,
}

impl Encoder {
    /// Begins. Whether the key is good is told by the end.
    pub async fn begin(api: &Api, stream_id: &str, stream_key: &str) -> Self {
        let (parts, sent) = mpsc::channel(1);
        let mut streaming = api.streaming();
        let ingest = tokio::spawn(async move {
            Ok(streaming.ingest_segments(ReceiverStream::new(sent)).await?.into_inner().last_sequence)
        });
        let header = IngestHeader { stream_id: stream_id.to_owned(), stream_key: stream_key.to_owned() };
        let encoder = Self { parts, ingest };
        encoder.send(Part::Header(header)).await;
        encoder
    }

    /// Sends a segment. False when the service takes none any more.
    pub async fn segment(&self, sequence: i64) -> bool {
        let duration = prost_types::Duration::try_from(SEGMENT).ok();
        self.send(Part::Segment(Segment { sequence, duration, content: content(sequence) })).await
    }

    /// Ends the ingest: the number up to which all is stored.
    pub async fn end(self) -> Result<i64, Status> {
        drop(self.parts);
        self.ingest.await.map_err(|error| Status::internal(error.to_string()))?
    }

    async fn send(&self, part: Part) -> bool {
        self.parts.send(IngestSegmentsRequest { part: Some(part) }).await.is_ok()
    }
}

/// What a segment holds: null packets of an MPEG-2 transport stream, valid, and nothing to be seen.
pub fn content(sequence: i64) -> Vec<u8> {
    let mut packet = [sequence.to_le_bytes()[0]; 188];
    packet[..4].copy_from_slice(&[0x47, 0x1f, 0xff, 0x10]);
    packet.repeat(PACKETS)
}

//! Receives a file. Its bytes go into the object store as they come; what it is, how large, and its hash are found on the way. Only
//! when all of that is right does the object appear, and with it the file.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use social_auth::Caller;
use social_database::answers;
use social_proto::media::v1::{UploadHeader, UploadMediaResponse};
use social_runtime::Error;
use tracing::Instrument;
use uuid::Uuid;

use super::App;
use super::input::{self, Promise};
use crate::domain::{ContentType, HEAD_BYTES, Kind, Media, State, now, sniff};
use crate::objects::{Writer, unavailable, upload_key};

/// Under this name answers are stored.
const UPLOAD_MEDIA: &str = "social.media.v1.MediaService/UploadMedia";
const RETRY: Duration = Duration::from_secs(2);
/// Who is slower than this holds a place that others wait for.
const SLOWEST_BYTES_PER_SECOND: u64 = 64 * 1024;
/// For what is not the transfer itself.
const LEEWAY: Duration = Duration::from_secs(60);

impl App {
    /// Uploads a file.
    pub async fn upload_media(
        &self,
        caller: &Caller,
        header: UploadHeader,
        chunks: impl Stream<Item = Result<Bytes, Error>>,
    ) -> Result<UploadMediaResponse, Error> {
        let owner_id = caller.account_id()?;
        let promise = input::upload(&header)?;
        let once = answers::Key::new(owner_id, UPLOAD_MEDIA, promise.request_id, &header);
        if let Some(answer) = self.store.answer(&once).await? {
            return Ok(answer);
        }
        let _permit = self
            .uploads
            .try_acquire()
            .map_err(|_| Error::resource_exhausted("too many uploads at once").retry_after(RETRY))?;

        let (media_id, create_time) = (Uuid::now_v7(), now());
        let writer = self.objects.begin(&upload_key(media_id)).await?;
        let mut received = Received::new(&promise, writer);
        let arrival = self.receive(&mut received, chunks);
        let arrived = tokio::time::timeout(time_for(promise.size_bytes), arrival).await;
        arrived.map_err(|_| Error::deadline("the upload was too slow"))??;
        let (content_type, writer) = received.finish()?;
        let media = Media {
            id: media_id,
            owner_id,
            kind: promise.kind,
            state: State::Processing,
            content_type: content_type.as_str().to_owned(),
            size_bytes: promise.size_bytes,
            width_pixels: 0,
            height_pixels: 0,
            duration: None,
            variants: Vec::new(),
            create_time,
            failure: String::new(),
        };
        // All has arrived: goes on even if the caller hangs up.
        let app = self.clone();
        let stored = async move { app.store_upload(media, writer, once).await };
        tokio::spawn(stored.in_current_span()).await.map_err(Error::internal)?
    }

    async fn receive(
        &self,
        received: &mut Received<'_>,
        chunks: impl Stream<Item = Result<Bytes, Error>>,
    ) -> Result<(), Error> {
        let mut chunks = std::pin::pin!(chunks);
        while let Some(chunk) = self.in_time(chunks.next()).await? {
            received.push(&chunk?).await?;
        }
        Ok(())
    }

    /// Makes the object appear, then the file.
    async fn store_upload(
        &self,
        media: Media,
        writer: Writer,
        once: answers::Key,
    ) -> Result<UploadMediaResponse, Error> {
        writer.finish().await.map_err(unavailable)?;
        let answer = self.store.create_media(&media, &once).await;
        let recorded = answer.as_ref().is_ok_and(|answer| {
            answer.media.as_ref().is_some_and(|recorded| recorded.media_id == media.id.to_string())
        });
        if recorded {
            self.wake.notify_one();
        } else {
            self.forget_upload(media.id).await;
        }
        Ok(answer?)
    }

    /// Removes the object of an upload that was not recorded. If that is not known for sure, the sweeper will see.
    async fn forget_upload(&self, media_id: Uuid) {
        let forgotten = async {
            if self.store.known(&[media_id]).await?.is_empty() {
                self.objects.remove(vec![upload_key(media_id)]).await?;
            }
            anyhow::Ok(())
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(error = format!("{error:#}"), "an upload is left to the sweeper");
        }
    }
}

/// What has arrived of an upload.
struct Received<'a> {
    promise: &'a Promise,
    writer: Writer,
    hash: Sha256,
    bytes: i64,
    head: Vec<u8>,
    content_type: Option<ContentType>,
}

impl<'a> Received<'a> {
    fn new(promise: &'a Promise, writer: Writer) -> Self {
        Received {
            promise,
            writer,
            hash: Sha256::new(),
            bytes: 0,
            head: Vec::with_capacity(HEAD_BYTES),
            content_type: None,
        }
    }

    async fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(i64::try_from(chunk.len()).unwrap_or(i64::MAX));
        if self.bytes > self.promise.size_bytes {
            return Err(Error::invalid("header.size_bytes", "is less than what has arrived"));
        }
        if self.content_type.is_none() {
            let missing = (HEAD_BYTES - self.head.len()).min(chunk.len());
            self.head.extend_from_slice(&chunk[..missing]);
            if self.head.len() == HEAD_BYTES {
                self.content_type = Some(content_type(&self.head, self.promise.kind)?);
            }
        }
        self.hash.update(chunk);
        self.writer.write(chunk).await.map_err(unavailable)
    }

    fn finish(self) -> Result<(ContentType, Writer), Error> {
        if self.bytes < self.promise.size_bytes {
            return Err(Error::data_loss("less has arrived than was promised"));
        }
        if self.hash.finalize().as_slice() != self.promise.sha256 {
            return Err(Error::data_loss("what has arrived has another SHA-256"));
        }
        let content_type = match self.content_type {
            Some(content_type) => content_type,
            None => content_type(&self.head, self.promise.kind)?,
        };
        Ok((content_type, self.writer))
    }
}

/// How long an upload may take.
fn time_for(size_bytes: i64) -> Duration {
    LEEWAY + Duration::from_secs(size_bytes.unsigned_abs() / SLOWEST_BYTES_PER_SECOND)
}

fn content_type(head: &[u8], kind: Kind) -> Result<ContentType, Error> {
    let accepted = match kind {
        Kind::Image => "must hold a JPEG, PNG or WebP image",
        Kind::Video => "must hold an MP4 or MPEG-TS video",
    };
    sniff(head).filter(|found| found.kind() == kind).ok_or_else(|| Error::invalid("chunk", accepted))
}

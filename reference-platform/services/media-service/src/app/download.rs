//! Gives the bytes of a variant to who holds a signed address.

use std::ops::Range;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, GetResult};
use social_runtime::Error;
use uuid::Uuid;

use super::{App, input, not_found};
use crate::domain::{State, VariantName};
use crate::objects::{unavailable, variant_key};
use crate::processing::signed_playlist;

/// The largest playlist, which is signed in memory.
const MAX_PLAYLIST_BYTES: u64 = 2 * 1024 * 1024;

/// What an address says.
#[derive(Debug)]
pub struct Fetch {
    pub media_id: String,
    pub variant: String,
    pub expires: i64,
    pub signature: String,
}

/// A variant that may be fetched. Its bytes are asked for afterwards, when it is known which of them are wanted.
#[derive(Debug)]
pub struct Download {
    pub media_id: Uuid,
    pub variant: VariantName,
    pub content_type: String,
    pub size_bytes: u64,
    /// For how long the address is good.
    pub seconds_left: u64,
    /// A playlist, whose addresses are signed as its own is.
    pub playlist: Option<String>,
}

impl App {
    /// Whether an address is good.
    ///
    /// # Errors
    /// PERMISSION_DENIED unless it was signed here and has not expired; NOT_FOUND for files that were deleted since.
    pub async fn download(&self, fetch: Fetch) -> Result<Download, Error> {
        let media_id = input::id("media_id", &fetch.media_id)?;
        let variant = VariantName::parse(&fetch.variant).ok_or_else(not_found)?;
        let seconds_left = self.seconds_left(media_id, variant, fetch.expires, &fetch.signature)?;
        let media = self.store.media(media_id).await?;
        let media = media.filter(|media| media.state == State::Ready).ok_or_else(not_found)?;
        let found = media.variants.into_iter().find(|one| one.name == variant).ok_or_else(not_found)?;

        let mut size_bytes = found.size_bytes.unsigned_abs();
        let mut playlist = None;
        if variant == VariantName::Playlist {
            let text =
                self.objects.read(&variant_key(media_id, variant), 0..MAX_PLAYLIST_BYTES).await.map_err(missing)?;
            let query = self.signer.query(media_id, VariantName::Original, fetch.expires);
            let text = signed_playlist(&String::from_utf8_lossy(&text), &query);
            size_bytes = text.len() as u64;
            playlist = Some(text);
        }
        Ok(Download { media_id, variant, content_type: found.content_type, size_bytes, seconds_left, playlist })
    }

    /// The bytes of a variant, or a range of them, as they come from the object store.
    pub async fn bytes_of(
        &self,
        download: &Download,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, object_store::Result<Bytes>>, Error> {
        if let Some(text) = &download.playlist {
            let text = Bytes::copy_from_slice(text.as_bytes());
            // A range lies within the size that was told.
            let part = range.map_or(text.clone(), |range| text.slice(range.start as usize..range.end as usize));
            return Ok(futures::stream::iter([Ok(part)]).boxed());
        }
        let key = variant_key(download.media_id, download.variant);
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.objects.get(&key, options).await.map_err(missing)?;
        Ok(GetResult::into_stream(found).map_err(log).boxed())
    }
}

/// An object that is not there any more was deleted a moment ago.
fn missing(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => not_found(),
        error => unavailable(error),
    }
}

/// The answer has begun: all that can be done is to break it off.
fn log(error: object_store::Error) -> object_store::Error {
    tracing::warn!(%error, "a download breaks off");
    error
}

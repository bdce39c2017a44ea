//! Uploads by client streaming.

use std::io::Cursor;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest as _, Sha256};
use social_proto::media::v1::upload_media_request::Part;
use social_proto::media::v1::{GetMediaRequest, Media, MediaKind, MediaState, UploadHeader, UploadMediaRequest};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Api;

const CHUNK: usize = 16 * 1024;
/// An upload has no deadline of its own.
const LIMIT: Duration = Duration::from_secs(60);
/// Variants of a small image are made in much less, unless others wait.
const PROCESSING: Duration = Duration::from_secs(60);

/// A picture (PNG) that differs with `seed`.
pub fn image(seed: u8) -> Result<Vec<u8>> {
    let colour = |x: u32, y: u32| Rgb([x as u8, y as u8, seed]);
    let picture = RgbImage::from_fn(160, 120, colour);
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

/// Uploads a picture and waits until it can be used. The same `request_id` gives what it gave before.
pub async fn upload(api: &Api, request_id: Uuid, bytes: &[u8]) -> Result<Media> {
    let header = UploadHeader {
        request_id: request_id.to_string(),
        kind: MediaKind::Image.into(),
        size_bytes: i64::try_from(bytes.len())?,
        sha256: Sha256::digest(bytes).to_vec(),
    };
    let mut parts = vec![UploadMediaRequest { part: Some(Part::Header(header)) }];
    parts.extend(bytes.chunks(CHUNK).map(|chunk| UploadMediaRequest { part: Some(Part::Chunk(chunk.to_vec())) }));
    let mut request = tonic::Request::new(tokio_stream::iter(parts));
    request.set_timeout(LIMIT);
    let media = api.media().upload_media(request).await?.into_inner().media.context("an upload without an answer")?;
    ready(api, &media.media_id).await
}

async fn ready(api: &Api, media_id: &str) -> Result<Media> {
    let until = Instant::now() + PROCESSING;
    loop {
        let request = GetMediaRequest { media_id: media_id.to_owned() };
        let media = api.media().get_media(request).await?.into_inner().media.context("an answer without a file")?;
        match media.state() {
            MediaState::Ready => return Ok(media),
            MediaState::Failed => bail!("the file {media_id} cannot be used: {}", media.failure),
            MediaState::Processing | MediaState::Unspecified => {}
        }
        ensure!(Instant::now() < until, "the file {media_id} was not ready within {} s", PROCESSING.as_secs());
        sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_differ_and_can_be_read() {
        let (first, second) = (image(1).unwrap(), image(2).unwrap());
        assert_ne!(first, second);
        let read = image::load_from_memory(&first).unwrap();
        assert_eq!((read.width(), read.height()), (160, 120));
    }
}

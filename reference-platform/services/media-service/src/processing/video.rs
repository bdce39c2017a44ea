//! Variants of a video. The original is copied as it is, without what a camera wrote beside picture and sound; a poster is made; a
//! transport stream gets an HLS playlist, too. An MP4 file is played by ranges and gets none: that would need another container.

use std::path::Path as FilePath;
use std::time::Duration;

use bytes::BytesMut;
use futures::TryStreamExt;
use object_store::GetOptions;

use super::mp4::{self, Broken, HEADER_BYTES, MAX_BOXES, MAX_INDEX_BYTES, Movie};
use super::ts::Scanner;
use super::wipe::Wipe;
use super::{Failure, UNUSABLE, playlist, poster, refused};
use crate::domain::{ContentType, Processed, Variant, VariantName};
use crate::objects::{Objects, upload_key, variant_key};
use crate::store::Job;

impl From<Broken> for Failure {
    fn from(error: Broken) -> Self {
        refused(error.0)
    }
}

/// An MP4 file.
pub async fn process_mp4(objects: &Objects, ffmpeg: Option<&FilePath>, job: &Job) -> Result<Processed, Failure> {
    let (movie, wipe) = read_mp4(objects, job).await?;
    copy(objects, job, |at, piece| {
        wipe.apply(at, piece);
        Ok(())
    })
    .await?;
    let size = (movie.width_pixels, movie.height_pixels);
    let variants =
        vec![original(job, ContentType::Mp4, size), store_poster(objects, ffmpeg, job, ContentType::Mp4, size).await?];
    Ok(processed(size, movie.duration, variants))
}

/// An MPEG transport stream. Its size is in the pictures, which are not decoded: it stays unknown.
pub async fn process_ts(objects: &Objects, ffmpeg: Option<&FilePath>, job: &Job) -> Result<Processed, Failure> {
    let mut scanner = Scanner::default();
    copy(objects, job, |_, piece| scanner.push(piece)).await?;
    let stream = scanner.finish()?;
    let poster = store_poster(objects, ffmpeg, job, ContentType::MpegTs, (0, 0)).await?;

    let text = playlist::write(&stream).into_bytes();
    let size_bytes = signed(text.len() as u64);
    objects.put(&variant_key(job.media_id, VariantName::Playlist), text).await?;
    let content_type = "application/vnd.apple.mpegurl".to_owned();
    let playlist = Variant { name: VariantName::Playlist, content_type, width_pixels: 0, height_pixels: 0, size_bytes };
    let variants = vec![original(job, ContentType::MpegTs, (0, 0)), poster, playlist];
    Ok(processed((0, 0), Some(stream.duration), variants))
}

/// Looks at the beginning of each box of an upload, and takes the index into memory.
async fn read_mp4(objects: &Objects, job: &Job) -> Result<(Movie, Wipe), Failure> {
    let key = upload_key(job.media_id);
    let (mut wipe, mut movie) = (Wipe::default(), None);
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        if at >= job.size_bytes {
            break;
        }
        let begin = objects.read(&key, at..job.size_bytes.min(at + HEADER_BYTES)).await?;
        let (kind, header, length) = mp4::header(&begin, job.size_bytes - at)?;
        if &kind == b"moov" && movie.is_none() {
            if length > MAX_INDEX_BYTES {
                return Err(refused("the index of the video is too large"));
            }
            let index = objects.read(&key, at + header..at + length).await?;
            movie = Some(mp4::movie(&index, at + header, &mut wipe)?);
        } else if !mp4::is_needed(&kind) || &kind == b"moov" {
            wipe.free(at, header, at + length);
        }
        at += length;
    }
    if at < job.size_bytes {
        return Err(refused("the video has too many parts"));
    }
    wipe.sort();
    Ok((movie.ok_or_else(|| refused("the video has no index"))?, wipe))
}

/// Writes the original from the upload, piece by piece; each is shown to `see` with where it begins, and may be changed.
async fn copy(
    objects: &Objects,
    job: &Job,
    mut see: impl FnMut(u64, &mut [u8]) -> Result<(), Broken>,
) -> Result<(), Failure> {
    let mut pieces = objects.get(&upload_key(job.media_id), GetOptions::default()).await?.into_stream();
    let mut writer = objects.begin(&variant_key(job.media_id, VariantName::Original)).await?;
    let mut at = 0;
    while let Some(piece) = pieces.try_next().await? {
        // Copies only where the piece is used elsewhere.
        let mut piece = BytesMut::from(piece);
        see(at, &mut piece)?;
        writer.write(&piece).await?;
        at += piece.len() as u64;
    }
    if at != job.size_bytes {
        return Err(Failure::Later(anyhow::anyhow!("the store gave {at} bytes of {}", job.size_bytes)));
    }
    Ok(writer.finish().await?)
}

async fn store_poster(
    objects: &Objects,
    ffmpeg: Option<&FilePath>,
    job: &Job,
    content_type: ContentType,
    size: (u32, u32),
) -> Result<Variant, Failure> {
    let poster = poster::make(objects, ffmpeg, job.media_id, content_type, size).await;
    let poster = poster.map_err(|error| {
        tracing::warn!(error = format!("{error:#}"), "no poster could be made");
        refused(UNUSABLE)
    })?;
    objects.put(&variant_key(job.media_id, VariantName::Poster), poster.bytes).await?;
    Ok(poster.variant)
}

fn original(job: &Job, content_type: ContentType, (width, height): (u32, u32)) -> Variant {
    Variant {
        name: VariantName::Original,
        content_type: content_type.as_str().to_owned(),
        width_pixels: side(width),
        height_pixels: side(height),
        size_bytes: signed(job.size_bytes),
    }
}

fn processed((width, height): (u32, u32), duration: Option<Duration>, variants: Vec<Variant>) -> Processed {
    Processed { width_pixels: side(width), height_pixels: side(height), duration, variants }
}

/// Sides and sizes are bounded far below.
fn side(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

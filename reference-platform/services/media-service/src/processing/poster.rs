//! The still picture of a video. A frame of it needs a decoder: `ffmpeg`, if the settings name one. Without it, or when it fails, the
//! poster is drawn: a plain ground in the shape of the video, with the sign for play.

use std::io::Cursor;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::TryStreamExt;
use image::{DynamicImage, ImageFormat, ImageReader, Rgb, RgbImage};
use object_store::GetOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use uuid::Uuid;

use super::image::{Encoded, bounded, encode};
use crate::domain::{ContentType, VariantName};
use crate::objects::{Objects, variant_key};

/// The longer side at most.
const SIDE: u32 = 1280;
const QUALITY: u8 = 82;
const FFMPEG_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_FRAME_BYTES: u64 = 8 * 1024 * 1024;
const GROUND: Rgb<u8> = Rgb([0x2b, 0x30, 0x3b]);
const SIGN: Rgb<u8> = Rgb([0xe8, 0xea, 0xed]);

/// Of the stored original of a video. The size is (0, 0) where it is not known.
pub async fn make(
    objects: &Objects,
    ffmpeg: Option<&Path>,
    media_id: Uuid,
    content_type: ContentType,
    size: (u32, u32),
) -> anyhow::Result<Encoded> {
    if let Some(program) = ffmpeg {
        match frame(objects, program, media_id, content_type).await {
            Ok(poster) => return Ok(poster),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "the poster is drawn, ffmpeg gave none"),
        }
    }
    tokio::task::spawn_blocking(move || draw(size)).await?
}

/// A frame of the first second, by ffmpeg. It sees a copy of the file, and no network.
async fn frame(
    objects: &Objects,
    program: &Path,
    media_id: Uuid,
    content_type: ContentType,
) -> anyhow::Result<Encoded> {
    let copy = tempfile::NamedTempFile::new()?;
    let mut file = tokio::fs::File::create(copy.path()).await?;
    let original = objects.get(&variant_key(media_id, VariantName::Original), GetOptions::default()).await?;
    let mut pieces = original.into_stream();
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).await?;
    }
    file.flush().await?;

    let format = if content_type == ContentType::MpegTs { "mpegts" } else { "mp4" };
    let scale = format!("thumbnail=24,scale='min({SIDE},iw)':'min({SIDE},ih)':force_original_aspect_ratio=decrease");
    let mut ffmpeg = Command::new(program)
        .args([
            "-nostdin",
            "-loglevel",
            "error",
            "-protocol_whitelist",
            "file,pipe",
            "-threads",
            "1",
            "-f",
            format,
            "-i",
        ])
        .arg(copy.path())
        .args(["-map", "0:v:0", "-frames:v", "1", "-vf", &scale, "-c:v", "mjpeg", "-f", "image2pipe", "pipe:1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("FFMPEG_PATH")?;
    let output = ffmpeg.stdout.take().context("no output")?;
    let mut bytes = Vec::new();
    let read = async {
        output.take(MAX_FRAME_BYTES).read_to_end(&mut bytes).await?;
        anyhow::Ok(ffmpeg.wait().await?)
    };
    let status = tokio::time::timeout(FFMPEG_TIMEOUT, read).await.context("it took too long")??;
    ensure!(status.success(), "it ended with {status}");
    tokio::task::spawn_blocking(move || {
        let decoder = bounded(ImageReader::with_format(Cursor::new(bytes.as_slice()), ImageFormat::Jpeg))?;
        let image = DynamicImage::ImageRgb8(DynamicImage::from_decoder(decoder)?.into_rgb8());
        let image = if image.width().max(image.height()) > SIDE { image.thumbnail(SIDE, SIDE) } else { image };
        Ok(encode(VariantName::Poster, &image, ImageFormat::Jpeg, QUALITY, &None)?)
    })
    .await?
}

fn draw((width, height): (u32, u32)) -> anyhow::Result<Encoded> {
    let (width, height) = if width == 0 || height == 0 { (SIDE, SIDE * 9 / 16) } else { fit(width, height) };
    // A triangle that points to the right, in the middle.
    let half = i64::from(width.min(height)) / 6;
    let (middle_x, middle_y) = (i64::from(width) / 2, i64::from(height) / 2);
    let image = RgbImage::from_fn(width, height, |x, y| {
        let (right, up) = (i64::from(x) - middle_x + half, (i64::from(y) - middle_y).abs());
        if right >= 0 && 2 * up <= 2 * half - right { SIGN } else { GROUND }
    });
    Ok(encode(VariantName::Poster, &image.into(), ImageFormat::Jpeg, QUALITY, &None)?)
}

fn fit(width: u32, height: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= SIDE {
        return (width, height);
    }
    // At most 16 384 each, so this does not overflow.
    ((width * SIDE / longer).max(1), (height * SIDE / longer).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_poster_has_the_shape_of_the_video() {
        for (video, poster) in
            [((0, 0), (1280, 720)), ((320, 240), (320, 240)), ((1920, 3840), (640, 1280)), ((16_384, 1), (1280, 1))]
        {
            let drawn = draw(video).unwrap();
            let image = image::load_from_memory(&drawn.bytes).unwrap().into_rgb8();
            assert_eq!(image.dimensions(), poster);
            if poster.1 > 1 {
                let (corner, middle) = (image.get_pixel(2, 2).0[0], image.get_pixel(poster.0 / 2, poster.1 / 2).0[0]);
                assert!(corner < 0x50 && middle > 0xd0, "{corner} {middle}");
            }
        }
    }
}

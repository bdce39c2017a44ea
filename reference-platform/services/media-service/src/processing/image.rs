//! Variants of an image. All are encoded anew from the pixels, so that nothing of what a camera wrote is left; the orientation is
//! applied, the colour profile is kept. Of animations the first picture remains.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::error::{LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits};
use uuid::Uuid;

use super::{Failure, UNUSABLE, refused};
use crate::domain::{ContentType, Kind, Processed, Variant, VariantName};
use crate::objects::{Objects, upload_key, variant_key};

/// The longer side of the variants at most; smaller images keep their size.
const SIDES: [(VariantName, u32); 3] =
    [(VariantName::Large, 2048), (VariantName::Small, 640), (VariantName::Thumbnail, 200)];
/// Some cameras make 50 megapixels. What is larger is a bomb, or of no use here.
const MAX_PIXELS: u64 = 52_000_000;
const MAX_SIDE: u32 = 16_384;
/// Pixels in memory, at 4 bytes each.
const MAX_DECODED_BYTES: u64 = 4 * MAX_PIXELS;
/// A larger colour profile is none.
const MAX_PROFILE_BYTES: usize = 512 * 1024;
const ORIGINAL_QUALITY: u8 = 92;
const QUALITY: u8 = 82;

/// One variant, encoded.
pub struct Encoded {
    pub variant: Variant,
    pub bytes: Vec<u8>,
}

/// Makes and stores all variants of an upload. Decodes on a thread of its own: one for each worker.
pub async fn process(objects: &Objects, media_id: Uuid, content_type: ContentType) -> Result<Processed, Failure> {
    let limit = Kind::Image.max_bytes().unsigned_abs();
    let upload = objects.read(&upload_key(media_id), 0..limit).await?;
    let made = tokio::task::spawn_blocking(move || variants(content_type, &upload)).await;
    // A decoder that panics would do so again.
    let made = made.map_err(|_| refused(UNUSABLE))?.map_err(|error| refused(reason(&error)))?;

    let (width_pixels, height_pixels) = made
        .first()
        .map(|original| (original.variant.width_pixels, original.variant.height_pixels))
        .unwrap_or_default();
    let mut variants = Vec::with_capacity(made.len());
    for Encoded { variant, bytes } in made {
        objects.put(&variant_key(media_id, variant.name), bytes).await?;
        variants.push(variant);
    }
    Ok(Processed { width_pixels, height_pixels, duration: None, variants })
}

fn reason(error: &ImageError) -> &'static str {
    match error {
        ImageError::Limits(_) => "the image is too large",
        _ => "the image cannot be read",
    }
}

/// All variants, the original first.
fn variants(content_type: ContentType, upload: &[u8]) -> ImageResult<Vec<Encoded>> {
    let (mut image, profile) = decode(content_type, upload)?;
    let transparent = image.color().has_alpha();
    let original = match (content_type, transparent) {
        (ContentType::Png, _) => ImageFormat::Png,
        (ContentType::WebP, true) => ImageFormat::WebP,
        _ => ImageFormat::Jpeg,
    };
    let mut made = vec![encode(VariantName::Original, &image, original, ORIGINAL_QUALITY, &profile)?];
    let format = if transparent { ImageFormat::Png } else { ImageFormat::Jpeg };
    for (name, side) in SIDES {
        if image.width().max(image.height()) > side {
            image = image.thumbnail(side, side);
        }
        made.push(encode(name, &image, format, QUALITY, &profile)?);
    }
    Ok(made)
}

/// An image that came from outside, upright, in 8 bits, with its colour profile. RGBA only if something shines through.
fn decode(content_type: ContentType, upload: &[u8]) -> ImageResult<(DynamicImage, Option<Vec<u8>>)> {
    let format = match content_type {
        ContentType::Png => ImageFormat::Png,
        ContentType::WebP => ImageFormat::WebP,
        _ => ImageFormat::Jpeg,
    };
    if format == ImageFormat::WebP && !chunks_fit(upload) {
        return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory)));
    }
    let mut decoder = bounded(ImageReader::with_format(Cursor::new(upload), format))?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or_default().filter(|profile| profile.len() <= MAX_PROFILE_BYTES);
    let mut image = DynamicImage::from_decoder(decoder)?;
    if image.color().has_alpha() {
        let pixels = image.into_rgba8();
        let opaque = pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX);
        image = DynamicImage::ImageRgba8(pixels);
        if opaque {
            image = DynamicImage::ImageRgb8(image.into_rgb8());
        }
    } else {
        image = DynamicImage::ImageRgb8(image.into_rgb8());
    }
    image.apply_orientation(orientation);
    Ok((image, profile))
}

/// Whether the chunks of a WebP file are as long as they say: the decoder takes memory for them before it reads them.
fn chunks_fit(upload: &[u8]) -> bool {
    let mut rest = upload.get(12..).unwrap_or_default();
    while let Some((head, body)) = rest.split_at_checked(8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        // Chunks begin at even places; the last one may lack its padding.
        match body.get(length..) {
            Some(next) => rest = next.get(length % 2..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// A decoder whose head was read and that will not take more memory than there is for it.
pub fn bounded<'a>(mut reader: ImageReader<Cursor<&'a [u8]>>) -> ImageResult<impl ImageDecoder + 'a> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits.clone());
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    limits.check_dimensions(width, height)?;
    limits.reserve(decoder.total_bytes().max(4 * u64::from(width) * u64::from(height)))?;
    Ok(decoder)
}

/// Encodes pixels.
pub fn encode(
    name: VariantName,
    image: &DynamicImage,
    format: ImageFormat,
    quality: u8,
    profile: &Option<Vec<u8>>,
) -> ImageResult<Encoded> {
    let mut bytes = Vec::new();
    match format {
        ImageFormat::Png => write(PngEncoder::new(&mut bytes), image, profile)?,
        ImageFormat::WebP => write(WebPEncoder::new_lossless(&mut bytes), image, profile)?,
        _ => write(JpegEncoder::new_with_quality(&mut bytes, quality), image, profile)?,
    }
    // Sides and sizes are bounded far below.
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let variant = Variant {
        name,
        content_type: format.to_mime_type().to_owned(),
        width_pixels: number(image.width()),
        height_pixels: number(image.height()),
        size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
    };
    Ok(Encoded { variant, bytes })
}

fn write(mut encoder: impl ImageEncoder, image: &DynamicImage, profile: &Option<Vec<u8>>) -> ImageResult<()> {
    if let Some(profile) = profile {
        // A format that has no profiles shows the colours a little differently.
        let _ = encoder.set_icc_profile(profile.clone());
    }
    image.write_with_encoder(encoder)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { [250, 0, 0] } else { [0, 0, 250] }));
        encode(VariantName::Original, &image.into(), ImageFormat::Jpeg, 90, &None).unwrap().bytes
    }

    /// With an orientation, and a place that must not be kept.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"52.5200N 13.4050E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    fn holds(bytes: &[u8], text: &[u8]) -> bool {
        bytes.windows(text.len()).any(|window| window == text)
    }

    #[test]
    fn the_place_goes_and_the_orientation_is_applied() {
        let upload = with_exif(&jpeg(40, 20), 6);
        assert!(holds(&upload, b"52.5200N"));
        let made = variants(ContentType::Jpeg, &upload).unwrap();
        assert_eq!(
            made.iter().map(|one| one.variant.name.as_str()).collect::<Vec<_>>(),
            ["original", "large", "small", "thumbnail"]
        );
        for Encoded { variant, bytes } in &made {
            assert_eq!((variant.width_pixels, variant.height_pixels), (20, 40));
            assert!(!holds(bytes, b"Exif") && !holds(bytes, b"52.5200N"));
            // What was on the left is at the top.
            let image = image::load_from_memory(bytes).unwrap().into_rgb8();
            assert!(image.get_pixel(10, 5).0[0] > 200 && image.get_pixel(10, 35).0[2] > 200);
        }
    }

    #[test]
    fn variants_shrink_and_never_grow() {
        let made = variants(ContentType::Jpeg, &jpeg(700, 350)).unwrap();
        let sides: Vec<_> = made.iter().map(|one| (one.variant.width_pixels, one.variant.height_pixels)).collect();
        assert_eq!(sides, [(700, 350), (700, 350), (640, 320), (200, 100)]);
    }

    #[test]
    fn transparency_is_kept_where_there_is_some() {
        let types = |format, content_type, alpha| {
            let image = DynamicImage::from(RgbaImage::from_pixel(9, 9, Rgba([9, 9, 9, alpha])));
            let upload = encode(VariantName::Original, &image, format, 90, &None).unwrap().bytes;
            let made = variants(content_type, &upload).unwrap();
            (made[0].variant.content_type.clone(), made[1].variant.content_type.clone())
        };
        let told = |original: &str, others: &str| (original.to_owned(), others.to_owned());
        assert_eq!(types(ImageFormat::Png, ContentType::Png, 99), told("image/png", "image/png"));
        assert_eq!(types(ImageFormat::Png, ContentType::Png, 255), told("image/png", "image/jpeg"));
        assert_eq!(types(ImageFormat::WebP, ContentType::WebP, 99), told("image/webp", "image/png"));
        assert_eq!(types(ImageFormat::WebP, ContentType::WebP, 255), told("image/jpeg", "image/jpeg"));
    }

    #[test]
    fn bombs_are_refused_by_their_head() {
        let mut bomb =
            encode(VariantName::Original, &RgbImage::new(1, 1).into(), ImageFormat::Png, 90, &None).unwrap().bytes;
        for (width, height) in [(16_000u32, 16_000u32), (20_000, 1)] {
            bomb[16..20].copy_from_slice(&width.to_be_bytes());
            bomb[20..24].copy_from_slice(&height.to_be_bytes());
            let crc = crc32(&bomb[12..29]).to_be_bytes();
            bomb[29..33].copy_from_slice(&crc);
            let Err(error) = variants(ContentType::Png, &bomb) else { panic!("{width} x {height} was decoded") };
            assert_eq!(reason(&error), "the image is too large", "{error}");
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let whole =
            encode(VariantName::Original, &RgbImage::new(50, 50).into(), ImageFormat::Png, 90, &None).unwrap().bytes;
        for length in [9, 30, whole.len() / 2] {
            assert!(variants(ContentType::Png, &whole[..length]).is_err());
        }
        assert!(variants(ContentType::Jpeg, b"\xff\xd8\xff nonsense").is_err());
        assert!(variants(ContentType::WebP, b"RIFF\0\0\0\0WEBPVP8 \x08\0\0\0nonsense").is_err());
        let huge = b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x20\0\0\0\x01\0\0\x01\0\0ICCP\xf0\xff\xff\xffx";
        let Err(error) = variants(ContentType::WebP, huge) else { panic!("a chunk of 4 GiB was read") };
        assert_eq!(reason(&error), "the image is too large", "{error}");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }
}

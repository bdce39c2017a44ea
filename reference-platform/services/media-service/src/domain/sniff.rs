//! What a file is, by its first bytes. Whether the rest keeps the promise is seen when it is processed.

use super::Kind;

/// So many bytes decide: three packets of an MPEG transport stream begin within them.
pub const HEAD_BYTES: usize = 2 * TS_PACKET + 1;

const TS_PACKET: usize = 188;
const TS_SYNC: u8 = 0x47;

/// What is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    Jpeg,
    Png,
    WebP,
    Mp4,
    MpegTs,
}

impl ContentType {
    /// The media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            ContentType::Jpeg => "image/jpeg",
            ContentType::Png => "image/png",
            ContentType::WebP => "image/webp",
            ContentType::Mp4 => "video/mp4",
            ContentType::MpegTs => "video/mp2t",
        }
    }

    /// `None` for any other media type.
    pub fn parse(name: &str) -> Option<Self> {
        use ContentType::{Jpeg, Mp4, MpegTs, Png, WebP};
        [Jpeg, Png, WebP, Mp4, MpegTs].into_iter().find(|one| one.as_str() == name)
    }

    /// Image or video.
    pub const fn kind(self) -> Kind {
        match self {
            ContentType::Jpeg | ContentType::Png | ContentType::WebP => Kind::Image,
            ContentType::Mp4 | ContentType::MpegTs => Kind::Video,
        }
    }
}

/// `None` if it is nothing that is accepted. `head` is the first [`HEAD_BYTES`], or all there is.
pub fn sniff(head: &[u8]) -> Option<ContentType> {
    match head {
        [0xff, 0xd8, 0xff, ..] => Some(ContentType::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ContentType::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ContentType::WebP),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => is_movie(brand).then_some(ContentType::Mp4),
        _ => {
            let in_step = [0, TS_PACKET, 2 * TS_PACKET].iter().all(|at| head.get(*at) == Some(&TS_SYNC));
            in_step.then_some(ContentType::MpegTs)
        }
    }
}

/// The container of MP4 is also that of HEIF and AVIF images, and of QuickTime, which are not accepted.
fn is_movie(brand: &[u8]) -> bool {
    const BRANDS: [&[u8]; 8] = [b"iso", b"mp4", b"avc", b"M4V", b"dash", b"3gp", b"MSNV", b"cmf"];
    BRANDS.iter().any(|known| brand.starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide() {
        let mut stream = vec![0; HEAD_BYTES];
        for at in [0, 188, 376] {
            stream[at] = 0x47;
        }
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Some(ContentType::Jpeg)),
            (b"\x89PNG\r\n\x1a\n....", Some(ContentType::Png)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(ContentType::WebP)),
            (b"\0\0\0\x18ftypisom", Some(ContentType::Mp4)),
            (b"\0\0\0\x18ftypheic", None),
            (b"\0\0\0\x18ftypqt  ", None),
            (&stream, Some(ContentType::MpegTs)),
            (&stream[..376], None),
            (b"GIF89a", None),
            (b"<svg xmlns", None),
            (b"", None),
        ] {
            assert_eq!(sniff(head), expected, "{head:?}");
        }
    }
}

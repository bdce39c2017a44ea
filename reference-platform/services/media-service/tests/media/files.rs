//! Files to upload.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// What must not be kept.
pub const PLACE: &[u8] = b"+52.5200+013.4050/";

pub fn image(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 99]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Lies on its side, and tells where it was made.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let jpeg = image(width, height, ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend(PLACE);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

fn a_box(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as u32 + 8).to_be_bytes(), &kind[..], &body].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// 320 x 180, 12.5 seconds, with a place in the index and at the end; `samples` are its pictures.
pub fn mp4(samples: &[u8]) -> Vec<u8> {
    let matrix = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30, 320 << 16, 180 << 16];
    let tkhd = a_box(b"tkhd", &[&numbers(&[0; 10]), &numbers(&matrix)]);
    let mdia = a_box(b"mdia", &[&a_box(b"hdlr", &[&[0; 8], b"vide", &[0; 13]])]);
    let place = a_box(b"udta", &[&a_box(b"\xa9xyz", &[PLACE])]);
    let mvhd = a_box(b"mvhd", &[&numbers(&[0, 0, 0, 1000, 12_500]), &[0; 80]]);
    [
        a_box(b"ftyp", &[b"isom\0\0\x02\0isom"]),
        a_box(b"mdat", &[samples]),
        a_box(b"moov", &[&mvhd, &a_box(b"trak", &[&tkhd, &mdia]), &place]),
        a_box(b"uuid", &[PLACE]),
    ]
    .concat()
}

fn packet(pid: u16, clean: bool, content: &[u8]) -> Vec<u8> {
    let stuffing = 183 - content.len();
    let flags = if clean { 0x40 } else { 0 };
    let mut packet = vec![0x47, 0x40 | (pid >> 8) as u8, pid as u8, 0x30, stuffing as u8];
    packet.extend(std::iter::once(flags).chain(std::iter::repeat(0xff)).take(stuffing));
    packet.extend(content);
    packet
}

/// One picture a second.
pub fn transport_stream(seconds: u32) -> Vec<u8> {
    let programs = [0, 0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0, 0, 0, 0];
    let map = [0, 2, 0xb0, 18, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0, 0, 0, 0];
    let mut stream = [packet(0, false, &programs), packet(0x1000, false, &map)].concat();
    for second in 0..seconds {
        let time = u64::from(second) * 90_000;
        let (a, b, c) = (0x21 | (time >> 29) as u8 & 0x0e, (time >> 22) as u8, 1 | (time >> 14) as u8);
        let pes = [0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, a, b, c, (time >> 7) as u8, 1 | (time << 1) as u8];
        stream.extend(packet(0x100, true, &pes));
    }
    stream
}

//! Reads of an MP4 file (ISO/IEC 14496-12) how long and how large it is, and finds what a camera has written beside picture and
//! sound. Takes only the index into memory, and believes no length.

use std::time::Duration;

use super::wipe::Wipe;

/// The largest index that is read.
pub const MAX_INDEX_BYTES: u64 = 16 * 1024 * 1024;
/// Of a file: fragmented ones have two for every few seconds.
pub const MAX_BOXES: usize = 4096;
/// The bytes that begin a box, at most.
pub const HEADER_BYTES: u64 = 16;
const MAX_SIDE: u32 = 16_384;
/// Longer ones have a wrong clock.
const MAX_SECONDS: u64 = 30 * 24 * 3600;

/// The file is no MP4, or is damaged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub &'static str);

const DAMAGED: Broken = Broken("the video is damaged");

/// What the index says.
#[derive(Debug, PartialEq, Eq)]
pub struct Movie {
    pub width_pixels: u32,
    pub height_pixels: u32,
    /// Fragmented files may not say it.
    pub duration: Option<Duration>,
}

/// Whether a box at the top of a file is needed to play it. All others may say anything.
pub fn is_needed(kind: &[u8; 4]) -> bool {
    matches!(kind, b"ftyp" | b"moov" | b"mdat" | b"moof" | b"mfra" | b"sidx" | b"styp" | b"ssix" | b"prft")
}

/// Kind, length of the header and of the whole box, which begins `left` bytes before the end of what holds it.
pub fn header(bytes: &[u8], left: u64) -> Result<([u8; 4], u64, u64), Broken> {
    let kind = *bytes.get(4..8).and_then(|kind| kind.first_chunk()).ok_or(DAMAGED)?;
    let (header, length) = match number32(bytes, 0)? {
        0 => (8, left),
        1 => (16, number64(bytes, 8)?),
        length => (8, u64::from(length)),
    };
    if length < header || length > left { Err(DAMAGED) } else { Ok((kind, header, length)) }
}

/// Reads the body of the box `moov`, which is at `at` in its file. What is not needed to play is added to `wipe`.
pub fn movie(moov: &[u8], at: u64, wipe: &mut Wipe) -> Result<Movie, Broken> {
    let mut duration = None;
    let mut fragments = None;
    let mut timescale = 0;
    let mut picture = None;
    let mut dropped = false;
    for part in parts(moov, at) {
        let part = part?;
        match &part.kind {
            b"mvhd" => (timescale, duration) = movie_header(part.body)?,
            b"mvex" => fragments = Some(fragments_duration(part)?),
            b"trak" => match track(&part, wipe)? {
                Track::Picture(size) => picture = picture.or(Some(size)),
                Track::Other => {}
                Track::Dropped => dropped = true,
            },
            _ => part.free(wipe),
        }
    }
    if dropped && fragments.is_some() {
        // Its samples are all over the file.
        return Err(Broken("the video carries data beside picture and sound"));
    }
    let (width_pixels, height_pixels) = picture.ok_or(Broken("the video has no picture"))?;
    let units = duration.filter(|units| *units > 0).or(fragments.flatten());
    let duration = match units {
        Some(units) if timescale > 0 => Some(seconds(units, timescale)?),
        _ => None,
    };
    Ok(Movie { width_pixels, height_pixels, duration })
}

fn seconds(units: u64, timescale: u32) -> Result<Duration, Broken> {
    let timescale = u64::from(timescale);
    if units / timescale > MAX_SECONDS {
        return Err(DAMAGED);
    }
    let millis = (units % timescale) * 1000 / timescale;
    Ok(Duration::from_secs(units / timescale) + Duration::from_millis(millis))
}

/// Timescale and duration, if it is known.
fn movie_header(body: &[u8]) -> Result<(u32, Option<u64>), Broken> {
    if body.first() == Some(&1) {
        let units = number64(body, 24)?;
        return Ok((number32(body, 20)?, (units != u64::MAX).then_some(units)));
    }
    let units = number32(body, 16)?;
    Ok((number32(body, 12)?, (units != u32::MAX).then_some(u64::from(units))))
}

/// What a fragmented file says of its length.
fn fragments_duration(mvex: Part<'_>) -> Result<Option<u64>, Broken> {
    let Some(mehd) = find(mvex.body, b"mehd")? else { return Ok(None) };
    let long = mehd.first() == Some(&1);
    Ok(Some(if long { number64(mehd, 4)? } else { u64::from(number32(mehd, 4)?) }))
}

enum Track {
    /// Width and height.
    Picture((u32, u32)),
    /// Sound or text.
    Other,
    /// What else a camera wrote: place, movement, faces.
    Dropped,
}

fn track(trak: &Part<'_>, wipe: &mut Wipe) -> Result<Track, Broken> {
    let mdia = find(trak.body, b"mdia")?.ok_or(DAMAGED)?;
    let hdlr = find(mdia, b"hdlr")?.ok_or(DAMAGED)?;
    let kind = match hdlr.get(8..12).ok_or(DAMAGED)? {
        b"vide" => Track::Picture(size(find(trak.body, b"tkhd")?.ok_or(DAMAGED)?)?),
        b"soun" | b"text" | b"sbtl" | b"subt" | b"clcp" => Track::Other,
        _ => {
            wipe_samples(mdia, wipe)?;
            trak.free(wipe);
            return Ok(Track::Dropped);
        }
    };
    for part in parts(trak.body, trak.body_at()) {
        let part = part?;
        if !matches!(&part.kind, b"tkhd" | b"mdia" | b"edts" | b"tref") {
            part.free(wipe);
        }
    }
    Ok(kind)
}

/// Of the picture as it is shown.
fn size(tkhd: &[u8]) -> Result<(u32, u32), Broken> {
    let matrix = if tkhd.first() == Some(&1) { 52 } else { 40 };
    let (width, height) = (number32(tkhd, matrix + 36)? >> 16, number32(tkhd, matrix + 40)? >> 16);
    if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
        return Err(Broken("the video has no picture of a usable size"));
    }
    let turned = number32(tkhd, matrix)? == 0 && number32(tkhd, matrix + 4)? != 0;
    Ok(if turned { (height, width) } else { (width, height) })
}

/// Overwrites the samples of a track, chunk by chunk.
fn wipe_samples(mdia: &[u8], wipe: &mut Wipe) -> Result<(), Broken> {
    let minf = find(mdia, b"minf")?.ok_or(DAMAGED)?;
    let stbl = find(minf, b"stbl")?.ok_or(DAMAGED)?;
    let stsz = find(stbl, b"stsz")?.ok_or(DAMAGED)?;
    let stsc = find(stbl, b"stsc")?.ok_or(DAMAGED)?;
    let (offsets, width) = match find(stbl, b"stco")? {
        Some(stco) => (stco, 4),
        None => (find(stbl, b"co64")?.ok_or(DAMAGED)?, 8),
    };
    let common = u64::from(number32(stsz, 4)?);
    let mut sample = 0;
    let mut run = 0;
    for chunk in 0..table_length(offsets, 4, 8, width)? {
        // A run of chunks with as many samples each ends where the next run begins; chunks count from 1.
        let runs = table_length(stsc, 4, 8, 12)?;
        while run + 1 < runs && number32(stsc, 8 + 12 * (run + 1))? as usize <= chunk + 1 {
            run += 1;
        }
        let samples = number32(stsc, 8 + 12 * run + 4)? as usize;
        let mut bytes = 0u64;
        if common > 0 {
            bytes = common * samples as u64;
        } else {
            for index in sample..sample + samples {
                bytes += u64::from(number32(stsz, 12 + 4 * index)?);
            }
            sample += samples;
        }
        let at = 8 + width * chunk;
        let start = if width == 4 { u64::from(number32(offsets, at)?) } else { number64(offsets, at)? };
        wipe.zero(start..start.checked_add(bytes).ok_or(DAMAGED)?);
    }
    Ok(())
}

/// How many entries a table has, which must all be there.
fn table_length(table: &[u8], count_at: usize, first: usize, entry: usize) -> Result<usize, Broken> {
    let count = number32(table, count_at)? as usize;
    let there = table.len().saturating_sub(first) / entry;
    if count > there { Err(DAMAGED) } else { Ok(count) }
}

/// A box within the index.
struct Part<'a> {
    kind: [u8; 4],
    /// In the file.
    at: u64,
    header: u64,
    body: &'a [u8],
}

impl Part<'_> {
    fn body_at(&self) -> u64 {
        self.at + self.header
    }

    fn free(&self, wipe: &mut Wipe) {
        wipe.free(self.at, self.header, self.body_at() + self.body.len() as u64);
    }
}

fn parts(mut bytes: &[u8], mut at: u64) -> impl Iterator<Item = Result<Part<'_>, Broken>> {
    std::iter::from_fn(move || {
        // Some writers end a container with four zeros.
        if bytes.len() < 8 {
            return None;
        }
        let (kind, header, length) = match header(bytes, bytes.len() as u64) {
            Ok(found) => found,
            Err(error) => {
                bytes = &[];
                return Some(Err(error));
            }
        };
        // Not longer than what holds it, which is in memory.
        let (part, rest) = bytes.split_at(length as usize);
        let part = Part { kind, at, header, body: &part[header as usize..] };
        (bytes, at) = (rest, at + length);
        Some(Ok(part))
    })
}

/// The body of the first box of a kind.
fn find<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Result<Option<&'a [u8]>, Broken> {
    for part in parts(bytes, 0) {
        let part = part?;
        if part.kind == *kind {
            return Ok(Some(part.body));
        }
    }
    Ok(None)
}

fn number32(bytes: &[u8], at: usize) -> Result<u32, Broken> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|four| u32::from_be_bytes(*four)).ok_or(DAMAGED)
}

fn number64(bytes: &[u8], at: usize) -> Result<u64, Broken> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|eight| u64::from_be_bytes(*eight)).ok_or(DAMAGED)
}

#[cfg(test)]
mod tests;

//! Reads an MPEG transport stream (ISO/IEC 13818-1) packet by packet and finds where it can be cut for HLS: at packets with which a
//! picture begins that needs no other. Holds one packet and the list of cuts.

use std::time::Duration;

use super::mp4::Broken;

const PACKET: usize = 188;
const SYNC: u8 = 0x47;
/// Of presentation times.
const TICKS_PER_SECOND: i64 = 90_000;
/// Presentation times have 33 bits.
const WRAP: i64 = 1 << 33;
/// A segment ends with the first clean cut after this.
const SEGMENT: i64 = 6 * TICKS_PER_SECOND;
/// And at this, clean or not.
const LONGEST_SEGMENT: i64 = 10 * TICKS_PER_SECOND;
/// A greater step between pictures is a jump of the clock.
const LONGEST_STEP: i64 = 5 * TICKS_PER_SECOND;
const MAX_SEGMENTS: usize = 5000;

const DAMAGED: Broken = Broken("the video is damaged");

/// A part of the stream that can be played by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub at: u64,
    pub bytes: u64,
    pub duration: Duration,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Stream {
    pub duration: Duration,
    /// Without gaps, from the first byte to the last.
    pub segments: Vec<Segment>,
    /// Where the tables are that a player needs before any segment: they end before this byte.
    pub tables_end: u64,
    /// Whether each segment begins with a picture that needs no other.
    pub independent: bool,
}

/// Takes a stream in pieces.
#[derive(Default)]
pub struct Scanner {
    rest: Vec<u8>,
    /// Of the packet that comes next.
    at: u64,
    map_pid: Option<u16>,
    video_pid: Option<u16>,
    tables_end: u64,
    clock: Clock,
    /// Where segments begin, and when.
    cuts: Vec<(u64, i64)>,
    unclean: bool,
}

impl Scanner {
    /// The next piece.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), Broken> {
        if !self.rest.is_empty() {
            let missing = (PACKET - self.rest.len()).min(piece.len());
            self.rest.extend_from_slice(&piece[..missing]);
            piece = &piece[missing..];
            if self.rest.len() < PACKET {
                return Ok(());
            }
            let packet = std::mem::take(&mut self.rest);
            self.packet(&packet)?;
        }
        let mut packets = piece.chunks_exact(PACKET);
        for packet in &mut packets {
            self.packet(packet)?;
        }
        self.rest.extend_from_slice(packets.remainder());
        Ok(())
    }

    /// The end of the stream.
    pub fn finish(self) -> Result<Stream, Broken> {
        if !self.rest.is_empty() {
            return Err(Broken("the video is cut off"));
        }
        if self.video_pid.is_none() || self.cuts.is_empty() {
            return Err(Broken("the video has no picture"));
        }
        let end = self.clock.end();
        let nexts = self.cuts.iter().skip(1).copied().chain([(self.at, end)]);
        let segments = self.cuts.iter().zip(nexts);
        let segments = segments.map(|(&(at, start), (next, end))| Segment {
            at,
            bytes: next - at,
            duration: duration(end - start),
        });
        Ok(Stream {
            duration: duration(end),
            segments: segments.collect(),
            tables_end: self.tables_end,
            independent: !self.unclean,
        })
    }

    fn packet(&mut self, packet: &[u8]) -> Result<(), Broken> {
        let at = self.at;
        self.at += PACKET as u64;
        if packet[0] != SYNC {
            return Err(DAMAGED);
        }
        let begins = packet[1] & 0x40 != 0;
        let pid = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
        let (payload, clean) = payload(packet);
        if !begins {
            return Ok(());
        }
        if pid == 0 && self.map_pid.is_none() {
            self.map_pid = section(payload, 0).and_then(map_pid);
        } else if Some(pid) == self.map_pid && self.video_pid.is_none() {
            if let Some(map) = section(payload, 2) {
                self.video_pid = Some(video_pid(map)?);
                self.tables_end = self.at;
            }
        } else if Some(pid) == self.video_pid
            && let Some(time) = presentation_time(payload)
        {
            let now = self.clock.advance(time);
            self.picture(at, now, clean)?;
        }
        Ok(())
    }

    /// A picture begins: perhaps a segment, too.
    fn picture(&mut self, at: u64, now: i64, clean: bool) -> Result<(), Broken> {
        let Some((_, start)) = self.cuts.last() else {
            // The first segment has the tables, too.
            self.cuts.push((0, now));
            self.unclean = !clean;
            return Ok(());
        };
        let long = now - start;
        if (clean && long >= SEGMENT) || long >= LONGEST_SEGMENT {
            if self.cuts.len() == MAX_SEGMENTS {
                return Err(Broken("the video is too long, or its clock is wrong"));
            }
            self.cuts.push((at, now));
            self.unclean |= !clean;
        }
        Ok(())
    }
}

/// Presentation times as ticks since the first picture, over wraps and jumps.
#[derive(Default)]
struct Clock {
    last: Option<i64>,
    now: i64,
    latest: i64,
    pictures: i64,
}

impl Clock {
    fn advance(&mut self, time: i64) -> i64 {
        if let Some(last) = self.last {
            // Pictures are not in the order in which they are shown.
            let step = (time - last + WRAP / 2).rem_euclid(WRAP) - WRAP / 2;
            if step.abs() <= LONGEST_STEP {
                self.now += step;
            }
        }
        self.last = Some(time);
        self.latest = self.latest.max(self.now);
        self.pictures += 1;
        self.now
    }

    /// With the time for which the last picture is shown, which is as long as the others.
    fn end(&self) -> i64 {
        self.latest + self.latest / (self.pictures - 1).max(1)
    }
}

fn duration(ticks: i64) -> Duration {
    Duration::from_millis((ticks.max(0) * 1000 / TICKS_PER_SECOND).unsigned_abs())
}

/// What a packet carries, and whether a picture begins there that needs no other.
fn payload(packet: &[u8]) -> (&[u8], bool) {
    let has_payload = packet[3] & 0x10 != 0;
    let has_adaptation = packet[3] & 0x20 != 0;
    let adaptation = if has_adaptation { 1 + usize::from(packet[4]) } else { 0 };
    let clean = adaptation > 1 && packet[5] & 0x40 != 0;
    let payload = packet.get(4 + adaptation..).filter(|_| has_payload).unwrap_or_default();
    (payload, clean)
}

/// The table in a payload, from its id to before its checksum; longer ones than a packet are cut.
fn section(payload: &[u8], table: u8) -> Option<&[u8]> {
    let pointer = usize::from(*payload.first()?);
    let section = payload.get(1 + pointer..)?;
    let length = usize::from(u16::from_be_bytes([section.get(1)? & 0x0f, *section.get(2)?]));
    let end = (3 + length).checked_sub(4)?.min(section.len());
    (section[0] == table).then(|| &section[..end])
}

/// Where the table of the first program is.
fn map_pid(table: &[u8]) -> Option<u16> {
    let programs = table.get(8..)?.chunks_exact(4);
    let mut programs = programs.filter(|program| program[..2] != [0, 0]);
    programs.next().map(|program| u16::from_be_bytes([program[2] & 0x1f, program[3]]))
}

/// Where the picture of a program is.
fn video_pid(table: &[u8]) -> Result<u16, Broken> {
    let number = |at: usize, mask: u8| {
        let bytes = table.get(at..at + 2)?;
        Some(u16::from_be_bytes([bytes[0] & mask, bytes[1]]))
    };
    let mut at = 12 + usize::from(number(10, 0x0f).ok_or(DAMAGED)?);
    let mut picture = None;
    while let Some(kind) = table.get(at) {
        let (Some(pid), Some(about)) = (number(at + 1, 0x1f), number(at + 3, 0x0f)) else { break };
        match kind {
            // MPEG-1, MPEG-2, MPEG-4, H.264, H.265
            0x01 | 0x02 | 0x10 | 0x1b | 0x24 => picture = picture.or(Some(pid)),
            // Metadata: places of drones, names of recorders.
            0x15..=0x19 => return Err(Broken("the video carries data beside picture and sound")),
            _ => {}
        }
        at += 5 + usize::from(about);
    }
    picture.ok_or(Broken("the video has no picture"))
}

/// Of the picture that begins with this payload.
fn presentation_time(payload: &[u8]) -> Option<i64> {
    let (begin, time) = (payload.get(..9)?, payload.get(9..14)?);
    if begin[..3] != [0, 0, 1] || begin[7] & 0x80 == 0 {
        return None;
    }
    let bits = |byte: u8, mask: u8| i64::from(byte & mask);
    Some(
        bits(time[0], 0x0e) << 29
            | bits(time[1], 0xff) << 22
            | bits(time[2], 0xfe) << 14
            | bits(time[3], 0xff) << 7
            | bits(time[4], 0xfe) >> 1,
    )
}

#[cfg(test)]
mod tests;

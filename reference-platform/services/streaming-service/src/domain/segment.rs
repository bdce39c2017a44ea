//! A piece of video as an encoder sends it.

use std::time::Duration;

/// The shortest segment.
pub const MIN_DURATION: Duration = Duration::from_secs(1);
/// The longest segment.
pub const MAX_DURATION: Duration = Duration::from_secs(10);
/// Bytes of the largest segment: a message stays below the 4 MiB that receivers accept.
pub const MAX_CONTENT: usize = 3 * 1024 * 1024;

/// Bytes of a packet of an MPEG-2 transport stream, and its first one.
const PACKET: usize = 188;
const SYNC: u8 = 0x47;

/// A segment that is in order.
pub struct Segment {
    /// From 1.
    pub sequence: i64,
    pub duration: Duration,
    /// An MPEG-2 transport stream.
    pub content: Vec<u8>,
}

/// Whole packets, each with its sync byte, and none that its sender has marked as damaged.
pub fn is_transport_stream(content: &[u8]) -> bool {
    !content.is_empty()
        && content.len().is_multiple_of(PACKET)
        && content.chunks_exact(PACKET).all(|packet| packet[0] == SYNC && packet[1] & 0x80 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transport_streams_are_whole_packets_in_sync() {
        let mut content = vec![0; 3 * PACKET];
        content.iter_mut().step_by(PACKET).for_each(|first| *first = SYNC);
        assert!(is_transport_stream(&content));
        assert!(!is_transport_stream(&content[..PACKET + 1]));
        assert!(!is_transport_stream(&[]));
        let mut damaged = content.clone();
        damaged[PACKET + 1] = 0x80;
        assert!(!is_transport_stream(&damaged));
        content[2 * PACKET] = 0;
        assert!(!is_transport_stream(&content));
    }
}

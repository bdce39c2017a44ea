//! HLS media playlists (RFC 8216).

use std::fmt::Write;

use uuid::Uuid;

/// What a playlist needs to know of a segment.
#[derive(Clone, Debug)]
pub struct Entry {
    pub sequence: i64,
    pub duration_ms: i32,
    /// The longest segment of the stream so far.
    pub longest_ms: i32,
    /// How often the encoder began anew so far.
    pub discontinuities: i32,
}

/// A playlist of a stream that has segments.
pub struct Playlist<'a> {
    /// Before the path of each address; empty for addresses on the host that gives the playlist.
    pub base: &'a str,
    pub stream_id: Uuid,
    pub ended: bool,
    /// In order, without gaps.
    pub entries: &'a [Entry],
}

impl Playlist<'_> {
    /// The text. The number of a segment is its media sequence number, while the stream is live and afterwards.
    pub fn render(&self) -> String {
        let first = self.entries.first();
        let target = self.entries.last().map_or(1, |last| whole_seconds(last.longest_ms));
        let media_sequence = first.map_or(1, |first| first.sequence);
        let mut discontinuities = first.map_or(0, |first| first.discontinuities);

        let mut text = String::with_capacity(128 + self.entries.len() * (96 + self.base.len()));
        text.push_str("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        // Writing to a string does not fail.
        let _ = write!(text, "#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:{media_sequence}\n");
        let _ = writeln!(text, "#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}");
        for entry in self.entries {
            if entry.discontinuities != discontinuities {
                discontinuities = entry.discontinuities;
                text.push_str("#EXT-X-DISCONTINUITY\n");
            }
            let (seconds, thousandths) = (entry.duration_ms / 1000, entry.duration_ms % 1000);
            let _ = writeln!(text, "#EXTINF:{seconds}.{thousandths:03},");
            let _ = writeln!(text, "{}/v1/streams/{}/segments/{}.ts", self.base, self.stream_id, entry.sequence);
        }
        if self.ended {
            text.push_str("#EXT-X-ENDLIST\n");
        }
        text
    }
}

/// As the target duration bounds durations: rounded to the nearest second.
fn whole_seconds(milliseconds: i32) -> i32 {
    (milliseconds + 500) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: i64, duration_ms: i32, discontinuities: i32) -> Entry {
        Entry { sequence, duration_ms, longest_ms: 4500, discontinuities }
    }

    #[test]
    fn a_live_playlist_slides_and_tells_discontinuities() {
        let entries = [entry(7, 4000, 1), entry(8, 4500, 1), entry(9, 1005, 2)];
        let text = Playlist { base: "", stream_id: Uuid::nil(), ended: false, entries: &entries }.render();
        let expected = "#EXTM3U
#EXT-X-VERSION:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-TARGETDURATION:5
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:1
#EXTINF:4.000,
/v1/streams/00000000-0000-0000-0000-000000000000/segments/7.ts
#EXTINF:4.500,
/v1/streams/00000000-0000-0000-0000-000000000000/segments/8.ts
#EXT-X-DISCONTINUITY
#EXTINF:1.005,
/v1/streams/00000000-0000-0000-0000-000000000000/segments/9.ts
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_longest_playlist_fits_into_a_message() {
        let entries: Vec<_> = (1..=crate::domain::MAX_SEGMENTS).map(|sequence| entry(sequence, 10_000, 0)).collect();
        let base = "https://video.somewhere-in-the-world.example";
        let text = Playlist { base, stream_id: Uuid::max(), ended: true, entries: &entries }.render();
        assert!(text.ends_with("/25000.ts\n#EXT-X-ENDLIST\n"));
        assert!(text.len() < 4 * 1024 * 1024 - 1024, "{}", text.len());
    }
}

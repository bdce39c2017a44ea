//! The HLS playlist of a transport stream (RFC 8216). Its segments are ranges of the original, so that nothing is stored twice.

use std::fmt::Write;

use super::ts::Stream;
use crate::domain::VariantName;

/// A playlist with relative addresses that are not signed yet.
pub fn write(stream: &Stream) -> String {
    let longest = stream.segments.iter().map(|segment| segment.duration).max().unwrap_or_default();
    let target = longest.as_millis().div_ceil(1000).max(1);
    let original = VariantName::Original.as_str();
    let mut text = format!("#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-PLAYLIST-TYPE:VOD\n");
    if stream.independent {
        text.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    // Writing to a text does not fail.
    let _ = writeln!(text, "#EXT-X-MAP:URI=\"{original}\",BYTERANGE=\"{}@0\"", stream.tables_end);
    for segment in &stream.segments {
        let (seconds, bytes, at) = (segment.duration.as_secs_f64(), segment.bytes, segment.at);
        let _ = writeln!(text, "#EXTINF:{seconds:.3},\n#EXT-X-BYTERANGE:{bytes}@{at}\n{original}");
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// The playlist as it is served: its addresses carry the query of a signed address of the original.
pub fn signed(playlist: &str, query: &str) -> String {
    let original = VariantName::Original.as_str();
    let map = format!("URI=\"{original}\"");
    let mut text = String::with_capacity(2 * playlist.len());
    for line in playlist.lines() {
        if line == original {
            let _ = write!(text, "{original}?{query}");
        } else {
            text.push_str(&line.replace(&map, &format!("URI=\"{original}?{query}\"")));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::processing::ts::Segment;

    #[test]
    fn a_playlist_names_ranges_of_the_original() {
        let segments = vec![
            Segment { at: 0, bytes: 1880, duration: Duration::from_millis(6006) },
            Segment { at: 1880, bytes: 188, duration: Duration::from_millis(500) },
        ];
        let stream = Stream { duration: Duration::from_secs(6), segments, tables_end: 376, independent: true };
        let expected = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n\
                        #EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"original?e=1\",BYTERANGE=\"376@0\"\n\
                        #EXTINF:6.006,\n#EXT-X-BYTERANGE:1880@0\noriginal?e=1\n\
                        #EXTINF:0.500,\n#EXT-X-BYTERANGE:188@1880\noriginal?e=1\n#EXT-X-ENDLIST\n";
        assert_eq!(signed(&write(&stream), "e=1"), expected);
    }
}

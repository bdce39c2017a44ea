//! Tags, counted by their posts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};
use tantivy::schema::IndexRecordOption;
use tantivy::termdict::TermMerger;
use tantivy::{DocSet, InvertedIndexReader, SegmentReader, TERMINATED};

use super::{Result, Snapshot};

/// A tag, and how many public posts have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without "#".
    pub tag: String,
    /// Posts.
    pub posts: u64,
}

impl Tag {
    /// Where it stands.
    pub fn place(&self) -> TagPlace {
        TagPlace { posts: Reverse(self.posts), tag: self.tag.clone() }
    }
}

/// Where a tag stands: what is less comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TagPlace {
    /// Most used first,
    pub posts: Reverse<u64>,
    /// then by name.
    pub tag: String,
}

impl Snapshot {
    /// The first `limit` tags behind a place that begin so.
    pub fn tags(&self, prefix: &str, after: Option<&TagPlace>, limit: usize) -> Result<Vec<Tag>> {
        let segments: &[SegmentReader] = self.searcher.segment_readers();
        let mut indexes = Vec::with_capacity(segments.len());
        for segment in segments {
            indexes.push(segment.inverted_index(self.fields.tag)?);
        }
        let mut streams = Vec::with_capacity(indexes.len());
        for index in &indexes {
            streams.push(index.terms().range().ge(prefix.as_bytes()).into_stream()?);
        }
        let mut terms = TermMerger::new(streams);
        // The last of the best ones is on top, to be replaced.
        let mut best: BinaryHeap<TagPlace> = BinaryHeap::with_capacity(limit + 1);
        while terms.advance() {
            let Ok(tag) = str::from_utf8(terms.key()) else { continue };
            if !tag.starts_with(prefix) {
                break;
            }
            let mut posts = 0;
            for (segment, term) in terms.current_segment_ords_and_term_infos() {
                posts += count(&segments[segment], &indexes[segment], &term)?;
            }
            let place = TagPlace { posts: Reverse(posts), tag: tag.to_owned() };
            if posts > 0 && after.is_none_or(|after| place > *after) {
                best.push(place);
                if best.len() > limit {
                    best.pop();
                }
            }
        }
        let tag = |place: TagPlace| Tag { posts: place.posts.0, tag: place.tag };
        Ok(best.into_sorted_vec().into_iter().map(tag).collect())
    }
}

/// Posts of a segment that have the tag and were not replaced.
fn count(segment: &SegmentReader, index: &InvertedIndexReader, term: &tantivy::postings::TermInfo) -> Result<u64> {
    let Some(alive) = segment.alive_bitset() else { return Ok(u64::from(term.doc_freq)) };
    let mut posts = index.read_postings_from_terminfo(term, IndexRecordOption::Basic)?;
    let mut count = 0;
    let mut post = posts.doc();
    while post != TERMINATED {
        count += u64::from(alive.is_alive(post));
        post = posts.advance();
    }
    Ok(count)
}

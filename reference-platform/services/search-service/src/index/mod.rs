//! The index: tantivy on a local disk. One document for each user and post, also for those that are not to be found any more, because
//! it holds the sequence of the last event.

mod fields;
mod library;
mod queries;
mod search;
mod tags;
mod writer;

use std::path::Path;

use social_events::replay::Positions;
use tantivy::{Index, IndexReader, ReloadPolicy};

use crate::domain::{Change, Position};
use fields::Fields;
use writer::Writer;

pub use library::{Library, write_atomically};
pub use search::{Hit, Order, Search, Snapshot};
pub use tags::{Tag, TagPlace};

/// `std::result::Result` with the [`Error`] of the index.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The disk does not do what it should, or the index is closed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("index: {0}")]
pub struct Error(String);

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        Error(error.to_string())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error(error.to_string())
    }
}

/// Callers are told that it may pass: another replica has an index of its own.
impl From<Error> for social_runtime::Error {
    fn from(error: Error) -> Self {
        social_runtime::Error::unavailable("the index does not answer").with_source(error)
    }
}

/// One index in a folder of its own.
pub struct SearchIndex {
    reader: IndexReader,
    fields: Fields,
    writer: Writer,
}

impl SearchIndex {
    /// A new one.
    pub fn create(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        Self::with(Index::create_in_dir(folder, Fields::schema())?)
    }

    /// One that is there. Fails when it was made with other fields.
    pub fn open(folder: &Path) -> Result<Self> {
        let index = Index::open_in_dir(folder)?;
        if index.schema() != Fields::schema() {
            return Err(Error("it has other fields".to_owned()));
        }
        Self::with(index)
    }

    fn with(index: Index) -> Result<Self> {
        let fields = Fields::of(&index.schema())?;
        // The writer says when there is something new.
        let builder = index.reader_builder().reload_policy(ReloadPolicy::Manual).doc_store_cache_num_blocks(16);
        let reader = builder.try_into()?;
        let writer = Writer::start(&index, reader.clone(), fields)?;
        Ok(SearchIndex { reader, fields, writer })
    }

    /// What can be found at this moment.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.reader.searcher(), self.fields)
    }

    /// Applies an event some time before [`flush`](Self::flush) returns. What was applied before changes nothing.
    pub async fn enqueue(&self, change: Option<Change>, position: Position) -> Result<()> {
        self.writer.enqueue(change, position).await
    }

    /// Returns when everything that was enqueued is on the disk.
    pub async fn flush(&self) -> Result<()> {
        self.writer.flush().await
    }

    /// Up to where the log is on the disk.
    pub fn positions(&self) -> Result<Positions> {
        writer::positions(self.reader.searcher().index())
    }

    /// Lets the folder go, after everything that was enqueued is on the disk. What comes later fails.
    pub async fn close(&self) {
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Document, Kind};

    fn post(id: Uuid, sequence: i64, text: Option<&str>) -> Change {
        let document = text.map(|text| Document::Post {
            author_id: Uuid::nil(),
            text: text.to_owned(),
            tags: vec![text.to_owned()],
            published: 5,
        });
        Change { kind: Kind::Post, id, sequence, document }
    }

    fn found(index: &SearchIndex, query: &str) -> usize {
        let search =
            Search::Posts { query: query.to_owned(), tag: None, author_id: None, order: Order::Relevance, until: 9 };
        index.snapshot().search(&search, 0, 10).unwrap().len()
    }

    fn tags(index: &SearchIndex) -> Vec<(String, u64)> {
        index.snapshot().tags("", None, 10).unwrap().into_iter().map(|tag| (tag.tag, tag.posts)).collect()
    }

    fn at(next: i64) -> Position {
        Position { topic: "topic".to_owned(), partition: 3, next }
    }

    #[tokio::test]
    async fn what_was_flushed_is_on_the_disk_with_its_position() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        let index = SearchIndex::create(&here).unwrap();
        assert!(index.positions().unwrap().is_empty());
        index.enqueue(Some(post(Uuid::now_v7(), 1, Some("kept"))), at(7)).await.unwrap();
        index.enqueue(None, at(8)).await.unwrap();
        index.flush().await.unwrap();
        // As if the process had ended at this moment.
        index.enqueue(Some(post(Uuid::now_v7(), 1, Some("lost"))), at(9)).await.unwrap();
        std::fs::create_dir(&there).unwrap();
        for entry in std::fs::read_dir(&here).unwrap() {
            let entry = entry.unwrap();
            if !entry.file_name().to_string_lossy().ends_with(".lock") {
                std::fs::copy(entry.path(), there.join(entry.file_name())).unwrap();
            }
        }
        let after = SearchIndex::open(&there).unwrap();
        assert_eq!((found(&after, "kept"), found(&after, "lost")), (1, 0));
        assert_eq!(after.positions().unwrap()[&("topic".to_owned(), 3)], 8);
        assert!(SearchIndex::open(&here).is_err(), "one process at a time");
        index.close().await;
        let after = SearchIndex::open(&here).unwrap();
        assert_eq!((found(&after, "kept"), found(&after, "lost")), (1, 1));
        assert_eq!(after.positions().unwrap()[&("topic".to_owned(), 3)], 9);
    }

    #[tokio::test]
    async fn only_what_is_newer_counts_whenever_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let index = SearchIndex::create(folder.path()).unwrap();
        let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
        // Within one commit, and in the wrong order.
        for change in [post(id, 2, Some("second")), post(id, 1, Some("first")), post(other, 1, Some("second"))] {
            index.enqueue(Some(change), at(1)).await.unwrap();
        }
        index.flush().await.unwrap();
        assert_eq!((found(&index, "first"), found(&index, "second")), (0, 2));
        assert_eq!(tags(&index), [("second".to_owned(), 2)]);
        // In others; what is gone does not come back.
        for change in [post(id, 4, None), post(id, 3, Some("third")), post(id, 4, Some("fourth"))] {
            index.enqueue(Some(change), at(2)).await.unwrap();
            index.flush().await.unwrap();
        }
        assert_eq!((found(&index, "third"), found(&index, "fourth"), found(&index, "second")), (0, 0, 1));
        assert_eq!(tags(&index), [("second".to_owned(), 1)]);
    }
}

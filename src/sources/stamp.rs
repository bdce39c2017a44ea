//! Whether files have changed since somebody looked: a number over their names, sizes and times. Nothing is read.
//!
//! Looking again and again costs one walk over the folders, and works where a system that tells of changes does not: on
//! network drives and in containers.

use std::hash::BuildHasher;
use std::path::PathBuf;
use std::time::SystemTime;

use super::Artefact;
use super::walk::walker;

/// A number that is another one when a file that is read has come, gone or changed. It means nothing on another machine.
#[must_use]
pub fn stamp(roots: &[PathBuf]) -> u64 {
    let mut files: Vec<(PathBuf, u64, Option<SystemTime>)> = Vec::new();
    for root in roots {
        for entry in walker(root).flatten() {
            let is_source = entry.path().to_str().is_some_and(|path| Artefact::of(path).is_some());
            if let (true, Ok(metadata)) = (is_source, entry.metadata()) {
                files.push((entry.into_path(), metadata.len(), metadata.modified().ok()));
            }
        }
    }
    files.sort();
    foldhash::fast::FixedState::default().hash_one(&files)
}

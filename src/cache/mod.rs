//! A store of bytes by the hash of what they were made from, one file per project; knows nothing of what it keeps.
//!
//! `open -> get … -> put_all`. It can be thrown away at any time: whatever is missing, damaged or of another version is
//! not there, and no failure to write it is an error of a review.

mod folder;
mod pack;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

pub use folder::user_folder;
use pack::Pack;

/// The hash of what an entry was made from.
pub type Key = [u8; 32];

/// How many times the file may be written without an entry being asked for, before the entry is dropped. More than one,
/// so that switching between two branches does not throw away the other's entries.
const MAX_AGE: u8 = 8;

/// The most bytes that one project keeps.
const MAX_PACK: u64 = 512 * 1024 * 1024;

/// The most bytes that all projects keep together.
const MAX_FOLDER: u64 = 2 * 1024 * 1024 * 1024;

/// The entries of one project, as they were when it was opened.
#[derive(Debug, Default)]
pub struct Cache {
    file: Option<PathBuf>,
    version: Key,
    pack: Pack,
    /// Which entries were asked for, in the order of the pack.
    used: Vec<AtomicBool>,
    /// Whether entries were added since it was opened.
    written: AtomicBool,
}

impl Cache {
    /// The entries of the project at a root, in a folder of many projects. Without a folder nothing is kept. Entries of
    /// another build of the program are not there: it may make something else of the same files.
    #[must_use]
    pub fn open(folder: Option<&Path>, root: &Path) -> Self {
        let (Some(folder), Some(version)) = (folder, build()) else { return Self::default() };
        Self::open_as(folder, root, version)
    }

    fn open_as(folder: &Path, root: &Path, version: Key) -> Self {
        let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let name = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
        let file = folder.join(format!("{}.{}", &name[..32], folder::SUFFIX));
        Self::read(file, version)
    }

    fn read(file: PathBuf, version: Key) -> Self {
        let pack = Pack::read(&file, &version, MAX_PACK);
        let used = pack.entries().iter().map(|_| AtomicBool::new(false)).collect();
        Self { file: Some(file), version, pack, used, written: AtomicBool::new(false) }
    }

    /// The entries with those that were added since it was opened; none where none were. Of two states of a project the
    /// second one has most files in common with the first.
    #[must_use]
    pub fn renewed(&self) -> Option<Self> {
        let file = self.file.clone().filter(|_| self.written.load(Ordering::Relaxed))?;
        Some(Self::read(file, self.version))
    }

    /// The same entries, to which nothing is added: for many reviews at once that begin with one and the same.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.file = None;
        self
    }

    /// What is kept under a key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&[u8]> {
        let index = self.pack.find(key)?;
        let bytes = self.pack.bytes(index)?;
        // Only whether it happened counts, and it is read when all threads are done.
        self.used.get(index)?.store(true, Ordering::Relaxed);
        Some(bytes)
    }

    /// Whether what is new is kept.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.file.is_some()
    }

    /// Adds entries for the next one who opens it, and drops those that nobody asked for in a long time. Nothing is
    /// written where there is nothing new. Of two processes at once, the entries of the last one stay.
    ///
    /// # Errors
    /// When the file cannot be written, which costs time at the next review and nothing else.
    pub fn put_all(&self, new: &BTreeMap<Key, Vec<u8>>) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if new.is_empty() {
            return Ok(());
        }
        // From the youngest: what does not fit is what was not asked for in the longest time.
        let mut kept: Vec<(u8, &Key, &[u8])> = new.iter().map(|(key, bytes)| (0, key, bytes.as_slice())).collect();
        for (index, (entry, used)) in self.pack.entries().iter().zip(&self.used).enumerate() {
            let age = if used.load(Ordering::Relaxed) { 0 } else { entry.age.saturating_add(1) };
            if age <= MAX_AGE
                && !new.contains_key(&entry.key)
                && let Some(bytes) = self.pack.bytes(index)
            {
                kept.push((age, &entry.key, bytes));
            }
        }
        kept.sort_unstable_by_key(|(age, key, _)| (*age, *key));
        let packed = pack::write(&self.version, &kept, MAX_PACK);
        folder::replace(file, &packed)?;
        self.written.store(true, Ordering::Relaxed);
        if let Some(folder) = file.parent() {
            folder::shrink(folder, MAX_FOLDER);
        }
        Ok(())
    }
}

/// This build of the program: its version, and size and time of its file, which a new build changes.
fn build() -> Option<Key> {
    let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let built = program.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(&program.len().to_le_bytes());
    hasher.update(&built.as_nanos().to_le_bytes());
    Some(*hasher.finalize().as_bytes())
}

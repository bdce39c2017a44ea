//! Many small entries in one file: a header, an index in the order of the keys, the bytes.
//!
//! Whatever the file says is checked before it is believed: another process may have died while writing it, and anyone
//! can have put it there.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Key;

/// Says that this is a pack, and which layout it has.
const MAGIC: &[u8; 8] = b"LPPACK01";
/// Magic, version of the content, number of entries.
const HEADER: usize = 8 + 32 + 8;
/// Key, offset from the end of the index, length, checksum, age.
const ENTRY: usize = 32 + 8 + 8 + 8 + 1;

/// One entry of the index.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    /// How many times the file was written since somebody asked for it.
    pub(super) age: u8,
    start: usize,
    length: usize,
    checksum: [u8; 8],
}

/// A pack that was read: nothing when there is none, or none that can be believed.
#[derive(Debug, Default)]
pub(super) struct Pack {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Pack {
    pub(super) fn read(path: &Path, version: &Key, most: u64) -> Self {
        let bytes = File::open(path).and_then(|file| {
            let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len().min(most)).unwrap_or_default());
            file.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        let Ok(bytes) = bytes else { return Self::default() };
        match index(&bytes, version) {
            Some(entries) => Self { bytes, entries },
            None => Self::default(),
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn find(&self, key: &Key) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.key.cmp(key)).ok()
    }

    /// The bytes of an entry, if they are the ones that were written.
    pub(super) fn bytes(&self, index: usize) -> Option<&[u8]> {
        let entry = self.entries.get(index)?;
        let bytes = self.bytes.get(entry.start..entry.start.checked_add(entry.length)?)?;
        (checksum(&entry.key, bytes) == entry.checksum).then_some(bytes)
    }
}

/// The text of a pack with as many of the entries as fit, from the first.
pub(super) fn write(version: &Key, entries: &[(u8, &Key, &[u8])], most: u64) -> Vec<u8> {
    let mut size = HEADER as u64;
    let mut kept: Vec<_> = entries
        .iter()
        .take_while(|(_, _, bytes)| {
            size += (ENTRY + bytes.len()) as u64;
            size <= most
        })
        .collect();
    kept.sort_unstable_by_key(|(_, key, _)| *key);
    let mut out = Vec::new();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(version);
    out.extend_from_slice(&(kept.len() as u64).to_le_bytes());
    let mut offset = 0_u64;
    for (age, key, bytes) in &kept {
        out.extend_from_slice(*key);
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(&checksum(key, bytes));
        out.push(*age);
        offset += bytes.len() as u64;
    }
    for (_, _, bytes) in &kept {
        out.extend_from_slice(bytes);
    }
    out
}

fn index(bytes: &[u8], version: &Key) -> Option<Vec<Entry>> {
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(version)?;
    let (count, rest) = rest.split_first_chunk::<8>()?;
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    let index = rest.get(..count.checked_mul(ENTRY)?)?;
    let data = HEADER + index.len();
    let mut entries: Vec<Entry> = Vec::with_capacity(count);
    for entry in index.chunks_exact(ENTRY) {
        let (key, entry) = entry.split_first_chunk::<32>()?;
        let (offset, entry) = entry.split_first_chunk::<8>()?;
        let (length, entry) = entry.split_first_chunk::<8>()?;
        let (checksum, entry) = entry.split_first_chunk::<8>()?;
        if entries.last().is_some_and(|last| last.key >= *key) {
            return None;
        }
        entries.push(Entry {
            key: *key,
            age: *entry.first()?,
            start: data.checked_add(usize::try_from(u64::from_le_bytes(*offset)).ok()?)?,
            length: usize::try_from(u64::from_le_bytes(*length)).ok()?,
            checksum: *checksum,
        });
    }
    Some(entries)
}

/// Over key and bytes, so that bytes under the wrong key are found as well.
fn checksum(key: &Key, bytes: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(bytes);
    let mut short = [0; 8];
    hasher.finalize_xof().fill(&mut short);
    short
}

//! What is staged: the files as git's index has them, which is what a commit would hold.

use std::collections::BTreeMap;
use std::path::Path;

use gix::index::entry::{Flags, Stage};
use gix::objs::tree;
use gix::{ObjectId, Repository};

use super::git::{open, read_tree};
use super::{Error, Sources};
use crate::span::Span;

/// Reads the files of the index, as a commit of it would have them. A program that commits only a part has an index of its
/// own for that time, and hands it in.
///
/// # Errors
/// When the folder lies in no repository, or the index cannot be read.
pub fn staged(folder: &Path, index: Option<&Path>) -> Result<Sources, Error> {
    // The folders of the index are put together as trees, which nobody writes to the disk.
    let repository = open(folder)?.with_object_memory();
    let damaged = |why: String| Error::Index { why };
    let file = index.map_or_else(|| repository.index_path(), Path::to_owned);
    if !file.exists() {
        return Ok(Sources::default());
    }
    let index = gix::index::File::at(&file, repository.object_hash(), false, gix::index::decode::Options::default())
        .map_err(|error| damaged(error.to_string()))?;
    let mut folders: BTreeMap<String, Vec<tree::Entry>> = BTreeMap::from([(String::new(), Vec::new())]);
    let mut unmerged = Vec::new();
    for entry in index.entries() {
        let Ok(path) = std::str::from_utf8(entry.path(&index)) else { continue };
        if entry.flags.stage() != Stage::Unconflicted {
            unmerged.push(path.to_owned());
            continue;
        }
        // What is only announced (`git add --intent-to-add`) is no part of a commit.
        let Some(mode) = entry.mode.to_tree_entry_mode().filter(|_| !entry.flags.contains(Flags::INTENT_TO_ADD)) else {
            continue;
        };
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        folders.entry(parent.to_owned()).or_default().push(tree::Entry { mode, filename: name.into(), oid: entry.id });
        // Folders that hold only folders.
        let mut above = parent;
        while let Some((parent, _)) = above.rsplit_once('/') {
            folders.entry(parent.to_owned()).or_default();
            above = parent;
        }
    }
    let root = write(&repository, folders).map_err(damaged)?;
    let mut sources = read_tree(&repository, folder, root, "the index")?;
    unmerged.dedup();
    let why = "it is not merged; resolve the conflict and stage it";
    sources.unread.extend(unmerged.into_iter().map(|path| (Span::line(path, 1), why.to_owned())));
    sources.unread.sort();
    Ok(sources)
}

/// Folders as trees, the deepest first, so that each is there when the one above it needs it.
fn write(repository: &Repository, mut folders: BTreeMap<String, Vec<tree::Entry>>) -> Result<ObjectId, String> {
    let depth = |path: &str| if path.is_empty() { 0 } else { 1 + path.matches('/').count() };
    let mut order: Vec<String> = folders.keys().cloned().collect();
    order.sort_by_key(|path| std::cmp::Reverse(depth(path)));
    for path in order {
        let mut entries = folders.remove(&path).unwrap_or_default();
        entries.sort();
        let written = repository.write_object(gix::objs::Tree { entries }).map_err(|error| error.to_string())?.detach();
        if path.is_empty() {
            return Ok(written);
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
        folders.entry(parent.to_owned()).or_default().push(tree::Entry {
            mode: tree::EntryKind::Tree.into(),
            filename: name.into(),
            oid: written,
        });
    }
    // The root is the last in the order, and always there.
    Ok(repository.empty_tree().id)
}

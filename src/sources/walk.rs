//! Walks folders, honouring `.gitignore`, and reads the files in parallel. Links are not followed: no path leaves the root.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::{Walk, WalkBuilder};
use rayon::prelude::*;

use super::{Artefact, Error, MAX_BYTES, Source, Sources};
use crate::span::Span;

/// Folders that hold nothing that a person wrote, whatever `.gitignore` says.
const LEFT_OUT: [&str; 3] = [".git", "node_modules", "target"];

/// Whether a file or folder of that name is never read.
pub(super) fn left_out(name: &str) -> bool {
    LEFT_OUT.contains(&name)
}

/// Goes through the files of a folder that may be read.
pub(super) fn walker(root: &Path) -> Walk {
    // Hidden files are walked too (`.env`, `.sqlx`). What one person or machine ignores for all of its repositories is
    // no property of the project: two people must see the same sources.
    WalkBuilder::new(root)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .filter_entry(|entry| !entry.file_name().to_str().is_some_and(left_out))
        .build()
}

/// Reads a folder. Files that cannot be read are listed in the result, they do not fail it.
///
/// # Errors
/// When the root is not a folder.
pub fn walk(root: &Path) -> Result<Sources, Error> {
    let metadata =
        std::fs::metadata(root).map_err(|error| Error::NotAFolder { path: root.to_owned(), why: error.to_string() })?;
    if !metadata.is_dir() {
        return Err(Error::NotAFolder { path: root.to_owned(), why: "not a folder".to_owned() });
    }
    let mut found = Vec::new();
    let mut unread = Vec::new();
    let walker = walker(root);
    for entry in walker {
        match entry {
            Ok(entry) => {
                if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                    continue;
                }
                match relative(root, entry.path()) {
                    Name::Text(path) => {
                        if let Some(artefact) = Artefact::of(&path) {
                            found.push((path, artefact, entry.into_path()));
                        }
                    }
                    Name::Lossy(path) => unread.extend(not_text(&path)),
                    Name::Outside => {}
                }
            }
            Err(error) => unread.push(describe(root, &error)),
        }
    }
    let read: Vec<Result<Source, (Span, String)>> = found
        .into_par_iter()
        .map(|(path, artefact, full)| {
            read_bounded(&full)
                .map(|bytes| Source { path: path.as_str().into(), artefact, bytes: bytes.into() })
                .map_err(|why| (Span::line(path.as_str(), 1), why))
        })
        .collect();
    let mut files = Vec::with_capacity(read.len());
    for result in read {
        match result {
            Ok(source) => files.push(source),
            Err(error) => unread.push(error),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    unread.sort();
    Ok(Sources { files, unread, ..Sources::default() })
}

/// A source whose name is no UTF-8, if it is one at all: nothing could refer to it, and two such names can look alike.
pub(super) fn not_text(lossy: &str) -> Option<(Span, String)> {
    Artefact::of(lossy).map(|_| (Span::line(lossy, 1), "its name is not UTF-8; rename it".to_owned()))
}

/// What is said of a file that is too large.
pub(super) fn too_large(size: u64) -> String {
    format!("the file has {size} bytes; at most {MAX_BYTES} are read")
}

enum Name {
    Text(String),
    Lossy(String),
    Outside,
}

fn relative(root: &Path, path: &Path) -> Name {
    let Ok(relative) = path.strip_prefix(root) else { return Name::Outside };
    let mut lossy = false;
    let mut parts = Vec::new();
    for part in relative.components() {
        lossy |= part.as_os_str().to_str().is_none();
        parts.push(part.as_os_str().to_string_lossy());
    }
    let path = parts.join("/");
    if lossy { Name::Lossy(path) } else { Name::Text(path) }
}

/// Where the walk failed and why, without the machine's path to the root.
fn describe(root: &Path, error: &ignore::Error) -> (Span, String) {
    let mut place = None;
    let mut inner = error;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path, err } => {
                place = Some(path);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let path: Option<PathBuf> = place.map(|path| path.strip_prefix(root).unwrap_or(path).to_owned());
    let path = path.map(|path| path.to_string_lossy().replace('\\', "/")).unwrap_or_default();
    (Span::line(path, 1), inner.to_string())
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    if size > MAX_BYTES {
        return Err(too_large(size));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // A file can grow while it is read.
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

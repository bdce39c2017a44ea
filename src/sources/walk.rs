//! Walks folders, honouring `.gitignore`, and reads the files in parallel. Links are not followed: no path leaves the root.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use rayon::prelude::*;

use super::{Artefact, MAX_BYTES, Source, Sources};
use crate::span::Span;

/// Why a folder cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not exist or is not a folder.
    #[error("read {path}: {why}; name a folder that holds a project")]
    NotAFolder {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
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
    // Hidden files are walked too (`.env`, `.sqlx`), but `.git` and the usual build folders are not.
    let walker = WalkBuilder::new(root)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .filter_entry(|entry| !matches!(entry.file_name().to_str(), Some(".git" | "node_modules" | "target")))
        .build();
    for entry in walker {
        match entry {
            Ok(entry) => {
                if entry.file_type().is_some_and(|kind| kind.is_file())
                    && let Some(path) = relative(root, entry.path())
                    && let Some(artefact) = Artefact::of(&path)
                {
                    found.push((path, artefact, entry.into_path()));
                }
            }
            Err(error) => unread.push((Span::line("", 0), error.to_string())),
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
    Ok(Sources { files, unread })
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_BYTES {
        return Err(format!("the file has {size} bytes; at most {MAX_BYTES} are read"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

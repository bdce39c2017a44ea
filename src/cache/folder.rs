//! Where the packs lie: the user's folder for caches, atomic replacement of one file, and a bound on them all.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What the names of packs end in.
pub(super) const SUFFIX: &str = "pack";

/// The folder for the caches of this user, by the variables that are handed in: `XDG_CACHE_HOME`, else below `HOME`.
/// None where neither is an absolute path: nothing is kept then.
pub fn user_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join("loadpath"))
}

/// Writes a file beside the old one and puts it in its place: who reads sees the old one or the new one.
pub(super) fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().ok_or_else(|| Error::from(ErrorKind::NotFound))?;
    std::fs::create_dir_all(folder)?;
    let (beside, mut open) = create_beside(file)?;
    let written = open.write_all(bytes).and_then(|()| {
        drop(open);
        std::fs::rename(&beside, file)
    });
    if written.is_err() {
        // Nothing is lost when it stays: the bound on the folder drops it.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A new file that no other process and no other thread has.
fn create_beside(file: &Path) -> std::io::Result<(PathBuf, std::fs::File)> {
    for attempt in 0..64 {
        let beside = file.with_extension(format!("{}-{attempt}.new", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(open) => return Ok((beside, open)),
        }
    }
    Err(Error::from(ErrorKind::AlreadyExists))
}

/// Removes the files that were not written in the longest time, until the rest fits.
pub(super) fn shrink(folder: &Path, most: u64) {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ours = path.extension().is_some_and(|end| end == SUFFIX || end == "new");
        if ours && let Ok(metadata) = entry.metadata() {
            files.push((metadata.modified().ok(), path, metadata.len()));
        }
    }
    files.sort();
    let mut total: u64 = files.iter().map(|(_, _, size)| size).sum();
    for (_, path, size) in files {
        if total <= most {
            return;
        }
        // Another process may have removed it, which is as good.
        let _ = std::fs::remove_file(path);
        total -= size;
    }
}

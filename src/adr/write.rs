//! Several files in one step: all of them are changed, or none. What was written by somebody else meanwhile is not lost.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Error;

/// A file as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Which one.
    pub path: PathBuf,
    /// What stands in it now; nothing where there is no such file yet.
    pub before: Option<String>,
    /// What shall stand in it.
    pub after: String,
}

/// Writes all of them. The new texts lie beside the old ones before the first is replaced, so what can fail (a full disk, a
/// file or folder that may not be written) fails before; what was replaced by then is put back.
pub(super) fn write(changes: &[Change]) -> Result<(), Error> {
    let changes: Vec<&Change> = changes.iter().filter(|change| change.before.as_ref() != Some(&change.after)).collect();
    for change in &changes {
        may_be_written(change)?;
    }
    let mut waiting = Waiting(Vec::new());
    for change in &changes {
        waiting.0.push(beside(change)?);
    }
    for (done, (change, new)) in changes.iter().zip(&waiting.0).enumerate() {
        if let Err(error) = put(change, new) {
            for (change, new) in changes.iter().zip(&waiting.0).take(done) {
                take_back(change, new);
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Files that wait for their place. None of them stays behind.
struct Waiting(Vec<PathBuf>);

impl Drop for Waiting {
    fn drop(&mut self) {
        for path in &self.0 {
            // The ones that have got their place are gone.
            let _ = fs::remove_file(path);
        }
    }
}

fn fail(path: &Path, why: impl ToString) -> Error {
    Error::Write { path: path.to_owned(), why: why.to_string() }
}

/// A file that its owner has made read-only could be replaced all the same where the folder allows it. It is not.
fn may_be_written(change: &Change) -> Result<(), Error> {
    match (fs::symlink_metadata(&change.path), &change.before) {
        (Ok(_), None) => Err(Error::Exists { path: change.path.clone() }),
        (Ok(metadata), Some(_)) if metadata.permissions().readonly() => Err(fail(&change.path, "it is read-only")),
        (Ok(metadata), Some(_)) if !metadata.is_file() => Err(fail(&change.path, "it is no file")),
        (Err(error), Some(_)) => Err(fail(&change.path, error)),
        _ => Ok(()),
    }
}

/// The new text in a file beside the one that it is for.
fn beside(change: &Change) -> Result<PathBuf, Error> {
    let name = change.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut tries = 0_u32;
    loop {
        let path = change.path.with_file_name(format!(".{name}.{tries}.new"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let mut wrote = file.write_all(change.after.as_bytes()).and_then(|()| file.sync_all());
                if let (Ok(()), Ok(metadata)) = (&wrote, fs::metadata(&change.path)) {
                    wrote = file.set_permissions(metadata.permissions());
                }
                return wrote.map(|()| path.clone()).map_err(|error| {
                    let _ = fs::remove_file(&path);
                    fail(&change.path, error)
                });
            }
            // Left by a run that was killed: it is not ours to take away.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < 100 => tries += 1,
            Err(error) => return Err(fail(&change.path, error)),
        }
    }
}

/// Puts a new text in its place.
fn put(change: &Change, new: &Path) -> Result<(), Error> {
    let Some(before) = &change.before else {
        // A link, unlike a rename, replaces nothing that somebody has made meanwhile.
        return fs::hard_link(new, &change.path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Error::Exists { path: change.path.clone() },
            _ => fail(&change.path, error),
        });
    };
    match fs::read(&change.path) {
        Ok(now) if now == before.as_bytes() => fs::rename(new, &change.path).map_err(|error| fail(&change.path, error)),
        Ok(_) => Err(fail(&change.path, "somebody has changed it meanwhile; run the command again")),
        Err(error) => Err(fail(&change.path, error)),
    }
}

/// Puts the old text back. Nobody is left to be told when that fails as well: the error that led here is.
fn take_back(change: &Change, new: &Path) {
    match &change.before {
        None => _ = fs::remove_file(&change.path),
        Some(before) => {
            let _ = fs::write(new, before).and_then(|()| fs::rename(new, &change.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(root: &Path, name: &str, before: Option<&str>, after: &str) -> Change {
        Change { path: root.join(name), before: before.map(str::to_owned), after: after.to_owned() }
    }

    fn all(root: &Path) -> Vec<(String, String)> {
        let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<(String, String)> = entries
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn all_files_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a"), "a\n").unwrap();
        fs::write(root.join("b"), "b\n").unwrap();
        let before = all(root);
        let unchanged = |changes: &[Change]| {
            let error = write(changes).unwrap_err().to_string();
            assert_eq!(all(root), before, "{error}");
            error
        };
        let a = change(root, "a", Some("a\n"), "A\n");
        let why = unchanged(&[a.clone(), change(root, "b", Some("c\n"), "B\n")]);
        assert!(why.contains("changed it meanwhile"), "{why}");
        // The first is in its place when the second turns out to be taken.
        unchanged(&[a.clone(), change(root, "n", None, "N\n"), change(root, "b", Some("c\n"), "B\n")]);
        unchanged(&[a.clone(), change(root, "b", None, "B\n")]);
        unchanged(&[a.clone(), change(root, "nowhere/n", None, "N\n")]);
        unchanged(&[a.clone(), change(root, "n", Some("n"), "N\n")]);
        let mut readonly = fs::metadata(root.join("b")).unwrap().permissions();
        readonly.set_readonly(true);
        fs::set_permissions(root.join("b"), readonly.clone()).unwrap();
        let why = unchanged(&[a.clone(), change(root, "b", Some("b\n"), "B\n")]);
        assert!(why.contains("read-only"), "{why}");
        write(&[a.clone(), change(root, "b", Some("b\n"), "b\n")]).expect("what does not change is not written");
        write(&[change(root, "a", Some("A\n"), "a\n"), change(root, "n", None, "N\n")]).unwrap();
        let text = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(all(root), [text("a", "a\n"), text("b", "b\n"), text("n", "N\n")]);
    }

    #[test]
    fn what_another_run_left_behind_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".a.0.new"), "of another").unwrap();
        write(&[change(folder.path(), "a", None, "A")]).unwrap();
        let of = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(all(folder.path()), [of(".a.0.new", "of another"), of("a", "A")]);
    }
}

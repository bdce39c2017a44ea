//! The files of a git revision, read from the object database: no checkout, no `git` program, nothing is written.
//!
//! Gives what a walk of the revision's checkout would give: the same names, the same `.gitignore`, no links.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use rayon::prelude::*;

use super::ignored::{Ignored, NAMES};
use super::walk::{left_out, not_text, too_large};
use super::{Artefact, Error, MAX_BYTES, Source, Sources};
use crate::span::Span;

/// The most entries of trees that are looked at. Trees that hold each other many times over can stand for any number of
/// files; no project that people work on has as many.
const MAX_ENTRIES: usize = 1_000_000;

/// The most bytes that are read in all. Files with the same content count once.
const MAX_TOTAL: u64 = 4 * 1024 * 1024 * 1024;

/// The longest path, in bytes: as in Linux.
const MAX_PATH: usize = 4096;

/// Reads the files of a revision: a branch, a tag, a commit, or any other name of one, such as `HEAD~1`. When the folder
/// lies inside the work tree, these are the files below it, with paths relative to it; none where the revision does not
/// have the folder.
///
/// # Errors
/// When the folder lies in no repository, or the revision is not there.
pub fn revision(folder: &Path, revision: &str) -> Result<Sources, Error> {
    revision_within(folder, revision, Blobs::new(), MAX_ENTRIES)
}

/// The same, beside another state of the project: a file that it has as well is taken from there. Nearly all are, and to
/// unpack what is known already takes longer than to see that it is known.
///
/// # Errors
/// When the folder lies in no repository, or the revision is not there.
pub fn revision_beside(folder: &Path, revision: &str, beside: &Sources) -> Result<Sources, Error> {
    let hash = open(folder)?.object_hash();
    let known = |source: &Source| {
        let id = gix::objs::compute_hash(hash, gix::objs::Kind::Blob, &source.bytes).ok()?;
        Some((id, source.bytes.clone()))
    };
    let known: Blobs = beside.files.par_iter().filter_map(known).collect();
    revision_within(folder, revision, known, MAX_ENTRIES)
}

/// The content of files, by the name that git gives it.
type Blobs = HashMap<ObjectId, Arc<[u8]>>;

/// Reads the files of a revision, and looks at so many entries of trees at most.
pub(super) fn revision_within(folder: &Path, revision: &str, known: Blobs, most: usize) -> Result<Sources, Error> {
    let repository = open(folder)?;
    let commit = resolve(&repository, revision)?;
    let tree = repository
        .find_object(commit)
        .and_then(gix::Object::peel_to_tree)
        .map_err(|error| missing(&repository, revision, &error.to_string()))?;
    read_within(&repository, folder, tree.id, (revision, most), known)
}

/// Reads the files of a tree that stands for a whole revision, or for something like one.
pub(super) fn read_tree(repository: &Repository, folder: &Path, tree: ObjectId, name: &str) -> Result<Sources, Error> {
    read_within(repository, folder, tree, (name, MAX_ENTRIES), Blobs::new())
}

fn read_within(
    repository: &Repository,
    folder: &Path,
    mut tree: ObjectId,
    (revision, most): (&str, usize),
    blobs: Blobs,
) -> Result<Sources, Error> {
    let damaged = |why: String| Error::Objects { revision: revision.to_owned(), why };
    let mut reader = Reader { repository, most, blobs, total: 0, sources: Sources::default() };
    let mut ignored = Ignored::default();
    let mut path = String::new();
    for part in prefix(repository, folder)? {
        ignored = reader.ignored(tree, &path, &ignored).map_err(damaged)?;
        let inner = reader
            .entries(tree)
            .map_err(damaged)?
            .into_iter()
            .find(|entry| entry.kind == EntryKind::Tree && entry.name.as_deref() == Ok(&part));
        let Some(inner) = inner else { return Ok(Sources::default()) };
        tree = inner.id;
        join(&mut path, &part);
    }
    reader.read(tree, &path, ignored).map_err(damaged)?;
    let mut sources = reader.sources;
    sources.files.sort_by(|a, b| a.path.cmp(&b.path));
    sources.unread.sort();
    Ok(sources)
}

/// The commit at which a revision and another one part: what a change is compared with, however far the revision has
/// moved on.
///
/// # Errors
/// When the folder lies in no repository, the revision is not there, or the two share no history.
pub fn merge_base(folder: &Path, head: &str, revision: &str) -> Result<String, Error> {
    let repository = open(folder)?;
    let commit = |name: &str| {
        repository
            .find_object(resolve(&repository, name)?)
            .and_then(gix::Object::peel_to_commit)
            .map(|commit| commit.id)
            .map_err(|error| missing(&repository, name, &error.to_string()))
    };
    let (head, base) = (commit(head)?, commit(revision)?);
    match repository.merge_base(head, base) {
        Ok(Some(id)) => Ok(id.to_string()),
        Ok(None) if is_shallow(&repository) => Err(Error::Shallow { revision: revision.to_owned() }),
        Ok(None) => Err(Error::Unrelated { revision: revision.to_owned() }),
        Err(error) => Err(missing(&repository, revision, &error.to_string())),
    }
}

/// Whether nothing is committed yet: every name of a revision means nothing then, `HEAD` included.
///
/// # Errors
/// When the folder lies in no repository.
pub fn is_unborn(folder: &Path) -> Result<bool, Error> {
    let repository = open(folder)?;
    Ok(repository.head().is_ok_and(|head| head.is_unborn()))
}

/// Neither the environment nor the user's configuration decides which repository is read, or how.
pub(super) fn open(folder: &Path) -> Result<Repository, Error> {
    let not = |why: String| Error::NotARepository { path: folder.to_owned(), why };
    let options = gix::open::Options::isolated();
    let options = gix::sec::trust::Mapping { full: options.clone(), reduced: options };
    gix::ThreadSafeRepository::discover_opts(folder, gix::discover::upwards::Options::default(), options)
        .map(|repository| repository.to_thread_local())
        .map_err(|error| not(first_line(&error.to_string())))
}

fn resolve(repository: &Repository, revision: &str) -> Result<ObjectId, Error> {
    let find = |name: &str| repository.rev_parse_single(name).map(gix::Id::detach);
    find(revision).map_err(|_| {
        let remote = format!("origin/{revision}");
        if find(&remote).is_ok() {
            // Clones of pipelines have the other branches under the remote's name only.
            return Error::Revision { revision: revision.to_owned(), help: format!("did you mean `{remote}`?") };
        }
        if is_shallow(repository) {
            return Error::Shallow { revision: revision.to_owned() };
        }
        let help = "there is no such branch, tag or commit; fetch it first (`fetch-depth: 0` in actions/checkout)";
        Error::Revision { revision: revision.to_owned(), help: help.to_owned() }
    })
}

/// An object that is not there: the edge of a shallow clone, or damage.
fn missing(repository: &Repository, revision: &str, why: &str) -> Error {
    if is_shallow(repository) {
        return Error::Shallow { revision: revision.to_owned() };
    }
    Error::Objects { revision: revision.to_owned(), why: first_line(why) }
}

fn is_shallow(repository: &Repository) -> bool {
    repository.is_shallow().unwrap_or(false)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The folder relative to the work tree, as names. A repository without a work tree is read as a whole.
fn prefix(repository: &Repository, folder: &Path) -> Result<Vec<String>, Error> {
    let Some(work_tree) = repository.workdir() else { return Ok(Vec::new()) };
    let full = |path: &Path| {
        std::fs::canonicalize(path).map_err(|error| Error::NotAFolder { path: path.to_owned(), why: error.to_string() })
    };
    let (folder, work_tree) = (full(folder)?, full(work_tree)?);
    // Inside `.git` itself there is no folder of the project to be relative to.
    let relative = folder.strip_prefix(&work_tree).unwrap_or(Path::new(""));
    Ok(relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect())
}

fn join(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(name);
}

struct Entry {
    kind: EntryKind,
    id: ObjectId,
    /// The name; what can be read of it when it is not UTF-8.
    name: Result<String, String>,
}

struct Reader<'a> {
    repository: &'a Repository,
    most: usize,
    /// Files with the same content are held once: a small repository can name one of them very often.
    blobs: Blobs,
    total: u64,
    sources: Sources,
}

impl Reader<'_> {
    fn entries(&self, tree: ObjectId) -> Result<Vec<Entry>, String> {
        let tree = self.repository.find_tree(tree).map_err(|error| first_line(&error.to_string()))?;
        let mut entries = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|error| first_line(&error.to_string()))?;
            let name = match std::str::from_utf8(entry.filename()) {
                Ok(name) => Ok(name.to_owned()),
                Err(_) => Err(String::from_utf8_lossy(entry.filename()).into_owned()),
            };
            entries.push(Entry { kind: entry.mode().kind(), id: entry.object_id(), name });
        }
        Ok(entries)
    }

    /// The patterns that hold in a folder.
    fn ignored(&mut self, tree: ObjectId, path: &str, above: &Ignored) -> Result<Ignored, String> {
        let entries = self.entries(tree)?;
        Ok(self.patterns(&entries, path, above))
    }

    fn patterns(&mut self, entries: &[Entry], path: &str, above: &Ignored) -> Ignored {
        let mut ignored = above.clone();
        for name in NAMES {
            let found = entries.iter().find(|entry| is_file(entry.kind) && entry.name.as_deref() == Ok(name));
            if let Some(bytes) = found.and_then(|entry| self.blob(entry.id).ok()) {
                ignored = ignored.with(path, &String::from_utf8_lossy(&bytes));
            }
        }
        ignored
    }

    /// Reads all below one tree. Folders wait in a list, so that no depth of them exhausts the stack.
    fn read(&mut self, tree: ObjectId, root: &str, ignored: Ignored) -> Result<(), String> {
        let mut waiting = vec![(tree, root.to_owned(), ignored)];
        let mut seen = 0;
        while let Some((tree, folder, above)) = waiting.pop() {
            let entries = self.entries(tree)?;
            seen += entries.len();
            if seen > self.most {
                let why = format!("the revision has more than {} files; the rest is left out", self.most);
                self.sources.unread.push((Span::line("", 1), why));
                return Ok(());
            }
            let ignored = self.patterns(&entries, &folder, &above);
            for entry in entries {
                let (Ok(name) | Err(name)) = &entry.name;
                // No checkout has such a name, and a path through it would leave the root.
                if matches!(name.as_str(), "" | "." | "..") || name.contains(['/', '\0']) || left_out(name) {
                    continue;
                }
                let mut path = folder.clone();
                join(&mut path, name);
                if path.len() > MAX_PATH {
                    let why = format!("its path is longer than {MAX_PATH} bytes");
                    self.sources.unread.push((Span::line(relative(root, &folder), 1), why));
                } else if entry.kind == EntryKind::Tree {
                    if !ignored.folder(&path) {
                        waiting.push((entry.id, path, ignored.clone()));
                    }
                } else if is_file(entry.kind) && !ignored.file(&path) {
                    self.file(&entry, relative(root, &path));
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, entry: &Entry, path: &str) {
        let Some(artefact) = Artefact::of(path) else { return };
        // A folder above can have the replacement character as well: no name that a person gave has it.
        if entry.name.is_err() || path.contains('\u{fffd}') {
            self.sources.unread.extend(not_text(path));
            return;
        }
        match self.blob(entry.id) {
            Ok(bytes) => self.sources.files.push(Source { path: path.into(), artefact, bytes }),
            Err(why) => self.sources.unread.push((Span::line(path, 1), why)),
        }
    }

    fn blob(&mut self, id: ObjectId) -> Result<Arc<[u8]>, String> {
        if let Some(bytes) = self.blobs.get(&id) {
            return Ok(bytes.clone());
        }
        let plain = |error: gix::Error| first_line(&error.to_string());
        let size = self.repository.find_header(id).map_err(plain)?.size();
        if size > MAX_BYTES {
            return Err(too_large(size));
        }
        if self.total + size > MAX_TOTAL {
            return Err(format!("the revision has more than {MAX_TOTAL} bytes of sources; the rest is left out"));
        }
        self.total += size;
        let blob = self.repository.find_blob(id).map_err(plain)?.detach().data;
        let bytes: Arc<[u8]> = blob.into();
        self.blobs.insert(id, bytes.clone());
        Ok(bytes)
    }
}

fn is_file(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
}

/// A path of the repository as a path below the folder that is read.
fn relative<'a>(root: &str, path: &'a str) -> &'a str {
    path.strip_prefix(root).unwrap_or(path).trim_start_matches('/')
}

//! Where a project keeps its decisions, and which there are.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::Error;
use super::record::{self, Record};

/// Where decisions are looked for, the usual place first.
const PLACES: [&str; 8] = [
    "docs/adr",
    "docs/decisions",
    "docs/adrs",
    "doc/adr",
    "docs/architecture/decisions",
    "doc/architecture/decisions",
    "adr",
    "adrs",
];

/// Below which folders one with a usual name is looked for after that, and how deep.
const ABOVE: [&str; 2] = ["docs", "doc"];
const NAMES: [&str; 3] = ["adr", "adrs", "decisions"];
const MAX_DEPTH: usize = 3;

/// The largest decision that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its path, relative to the root of the project, `/` separated.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// The folder of decisions of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The root of the project.
    pub root: PathBuf,
    /// The folder, relative to the root, `/` separated.
    pub path: String,
}

impl Folder {
    /// The folder itself.
    #[must_use]
    pub fn full(&self) -> PathBuf {
        self.root.join(&self.path)
    }

    /// How many folders it lies below the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.path.split('/').filter(|part| !part.is_empty()).count()
    }
}

/// The folder of a project: the one that `.adr-dir` of adr-tools names, else the first usual one that exists, else one
/// with a usual name further down in the documentation, else `docs/adr`.
#[must_use]
pub fn find(root: &Path) -> Folder {
    let mut folders: BTreeSet<String> = PLACES.into_iter().map(str::to_owned).collect();
    folders.retain(|path| std::fs::metadata(root.join(path)).is_ok_and(|metadata| metadata.is_dir()));
    for above in ABOVE {
        below(root, above, &mut folders);
    }
    let path = choose(read(&root.join(".adr-dir")).ok().as_deref(), &folders);
    Folder { root: root.to_owned(), path }
}

/// The same for files that were read already, by their paths. `.adr-dir` is handed in.
#[must_use]
pub fn find_among<'a>(paths: impl IntoIterator<Item = &'a str>, named: Option<&str>) -> String {
    let mut folders = BTreeSet::new();
    for path in paths {
        folders.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
    }
    choose(named, &folders)
}

fn choose(named: Option<&str>, folders: &BTreeSet<String>) -> String {
    let usual = || PLACES.into_iter().find(|path| folders.contains(*path)).map(str::to_owned);
    let deeper = || {
        ABOVE.into_iter().find_map(|above| {
            let depth = |path: &str| path.matches('/').count();
            let fits = |path: &&String| {
                let inner = path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'));
                let usual = path.rsplit('/').next().is_some_and(|name| NAMES.contains(&name));
                inner && usual && depth(path) <= MAX_DEPTH
            };
            // The outer ones before the inner ones, in the order of their paths.
            folders.iter().filter(fits).min_by_key(|path| (depth(path), path.as_str())).cloned()
        })
    };
    named.and_then(inside).or_else(usual).or_else(deeper).unwrap_or_else(|| PLACES[0].to_owned())
}

/// All folders below one, as deep as they are looked at.
fn below(root: &Path, above: &str, folders: &mut BTreeSet<String>) {
    let mut level = vec![above.to_owned()];
    for _ in 0..MAX_DEPTH {
        let mut inner = Vec::new();
        for path in &level {
            for entry in std::fs::read_dir(root.join(path)).into_iter().flatten().flatten() {
                // A link is no folder here: no path leaves the root.
                if entry.file_type().is_ok_and(|kind| kind.is_dir())
                    && let Some(name) = entry.file_name().to_str()
                {
                    inner.push(format!("{path}/{name}"));
                }
            }
        }
        folders.extend(inner.iter().cloned());
        level = inner;
    }
}

/// The folder that `.adr-dir` names, where it lies inside the project.
fn inside(named: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in Path::new(named.trim()).components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            // No path leaves the root.
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The decisions of a folder, by number and name; none where the folder does not exist.
///
/// # Errors
/// When the folder or a decision cannot be read.
pub fn list(folder: &Folder) -> Result<Vec<Record>, Error> {
    Ok(records(&documents(folder)?))
}

/// The Markdown files of a folder, by name.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn documents(folder: &Folder) -> Result<Vec<Document>, Error> {
    let mut documents = Vec::new();
    for name in names(folder)? {
        let path = folder.full().join(&name);
        let text = read(&path).map_err(|why| Error::Read { path, why })?;
        documents.push(Document { path: format!("{}/{name}", folder.path), text });
    }
    Ok(documents)
}

/// The decisions among files of a folder, by number and name.
#[must_use]
pub fn records(documents: &[Document]) -> Vec<Record> {
    let mut records: Vec<Record> = documents.iter().filter_map(|of| record::read(&of.path, &of.text)).collect();
    records.sort_by(|a, b| (a.number, &a.file).cmp(&(b.number, &b.file)));
    records
}

/// The names of the Markdown files of a folder.
pub(super) fn names(folder: &Folder) -> Result<Vec<String>, Error> {
    let full = folder.full();
    let entries = match std::fs::read_dir(&full) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::Read { path: full, why: error.to_string() }),
        Ok(entries) => entries,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Error::Read { path: full.clone(), why: error.to_string() })?;
        let name = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if let Some(name) = name.to_str().filter(|name| is_file && name.ends_with(".md")) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A small text file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it has more than {MAX_BYTES} bytes"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

//! Several folders as one project: each folder's name stands in front of its paths.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::{Error, Source, Sources, walk};
use crate::span::Span;

/// Reads several folders. One keeps its paths; of several, each path begins with the name of its folder, and with as
/// many of the folders above as it takes to tell them apart. A folder inside another one is read once.
///
/// # Errors
/// When a root is not a folder.
pub fn walk_all(roots: &[PathBuf]) -> Result<Sources, Error> {
    let mut full = BTreeSet::new();
    for root in roots {
        let path = std::fs::canonicalize(root)
            .map_err(|error| Error::NotAFolder { path: root.clone(), why: error.to_string() })?;
        full.insert(path);
    }
    // In the order of paths a folder stands before all that it holds.
    let mut apart: Vec<PathBuf> = Vec::new();
    for path in full {
        if !apart.iter().any(|outer| path.starts_with(outer)) {
            apart.push(path);
        }
    }
    if let [root] = apart.as_slice() {
        return walk(root);
    }
    let mut all = Sources { prefixes: names(&apart), ..Sources::default() };
    for (name, root) in all.prefixes.iter().zip(&apart) {
        let sources = walk(root)?;
        all.files.extend(
            sources.files.into_iter().map(|source| Source { path: format!("{name}/{}", source.path).into(), ..source }),
        );
        all.unread.extend(
            sources
                .unread
                .into_iter()
                .map(|(span, why)| (Span { file: format!("{name}/{}", span.file).into(), ..span }, why)),
        );
    }
    all.files.sort_by(|a, b| a.path.cmp(&b.path));
    all.unread.sort();
    Ok(all)
}

/// The shortest ends of the paths that differ. All have the same number of folders, so that none is the beginning of
/// another.
fn names(roots: &[PathBuf]) -> Vec<String> {
    let longest = roots.iter().map(|root| root.components().count()).max().unwrap_or_default();
    let mut names = Vec::new();
    for length in 1..=longest.max(1) {
        names = roots.iter().map(|root| end(root, length)).collect();
        if names.iter().collect::<BTreeSet<_>>().len() == names.len() {
            break;
        }
    }
    names
}

fn end(path: &Path, length: usize) -> String {
    let parts: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        })
        .collect();
    parts.get(parts.len().saturating_sub(length)..).unwrap_or_default().join("/")
}

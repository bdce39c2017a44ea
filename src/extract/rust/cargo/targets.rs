//! A package to its targets: what its manifest declares and what cargo finds by the names of files. Examples, tests and
//! benches are none.

use super::manifest::{Build, Manifest};
use super::{Target, join};
use crate::sources::{Artefact, Sources};
use crate::span::Span;

/// The library, if its root file exists.
pub(super) fn lib(sources: &Sources, folder: &str, package: &str, at: &Span, manifest: &Manifest) -> Option<Target> {
    if manifest.lib.is_none() && !manifest.finds_lib {
        return None;
    }
    let declared = manifest.lib.as_ref();
    let path = declared.and_then(|lib| lib.path.as_deref()).unwrap_or("src/lib.rs");
    let root = existing(sources, folder, path)?;
    let name = declared.and_then(|lib| lib.name.clone()).unwrap_or_else(|| package.replace('-', "_"));
    let at = declared.map_or(at, |lib| &lib.at);
    Some(target(name, root, at))
}

/// The binaries whose root files exist, in order of their names.
pub(super) fn bins(sources: &Sources, folder: &str, package: &str, at: &Span, manifest: &Manifest) -> Vec<Target> {
    let mut out: Vec<Target> = Vec::new();
    for bin in &manifest.bins {
        let Some(name) = &bin.name else { continue };
        let root = match &bin.path {
            Some(path) => existing(sources, folder, path),
            None => [format!("src/bin/{name}.rs"), format!("src/bin/{name}/main.rs"), "src/main.rs".to_owned()]
                .into_iter()
                .filter(|path| path != "src/main.rs" || name == package || manifest.bins.len() == 1)
                .find_map(|path| existing(sources, folder, &path)),
        };
        if let Some(root) = root {
            out.push(target(name.clone(), root, &bin.at));
        }
    }
    if manifest.finds_bins {
        for (name, root) in found(sources, folder, package) {
            let known = manifest.bins.iter().any(|bin| bin.name.as_ref() == Some(&name));
            if !known && !out.iter().any(|bin| bin.root == root) {
                out.push(target(name, root, at));
            }
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out.dedup_by(|a, b| a.name == b.name);
    out
}

/// Names and root files of the binaries that are found by the names of their files.
fn found(sources: &Sources, folder: &str, package: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Some(root) = existing(sources, folder, "src/main.rs") {
        out.push((package.to_owned(), root));
    }
    let Some(bin) = join(folder, "src/bin").map(|folder| folder + "/") else { return out };
    let first = sources.files.partition_point(|source| *source.path < *bin);
    let files = sources.files.iter().skip(first).map_while(|source| Some((source, source.path.strip_prefix(&bin)?)));
    for (source, rest) in files.filter(|(source, _)| source.artefact == Artefact::Rust) {
        let name = match rest.split_once('/') {
            None => rest.strip_suffix(".rs"),
            Some((name, "main.rs")) => Some(name),
            Some(_) => None,
        };
        if let Some(name) = name {
            out.push((name.to_owned(), source.path.to_string()));
        }
    }
    out
}

/// The build script, if it exists.
pub(super) fn build_script(sources: &Sources, folder: &str, manifest: &Manifest) -> Option<String> {
    match &manifest.build {
        Build::None => None,
        Build::Default => existing(sources, folder, "build.rs"),
        Build::Path(path) => existing(sources, folder, path),
    }
}

fn existing(sources: &Sources, folder: &str, path: &str) -> Option<String> {
    join(folder, path).filter(|path| sources.get(path).is_some())
}

fn target(name: String, root: String, at: &Span) -> Target {
    Target { crate_name: name.replace('-', "_"), name, root, at: at.clone() }
}

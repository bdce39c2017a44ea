//! The decisions of other branches: names of files, read from git without a checkout.

use std::collections::BTreeSet;
use std::path::Path;

use crate::adr::{Branches, Fault, Folder, clashes};
use crate::sources::{self, Artefact};

/// The names of the files that a revision has in the folder of decisions.
pub(super) fn names(folder: &Folder, revision: &str) -> anyhow::Result<BTreeSet<String>> {
    let full = folder.full();
    // A folder that is not there yet is looked for below the root.
    let (at, prefix): (&Path, String) =
        if full.is_dir() { (&full, String::new()) } else { (&folder.root, format!("{}/", folder.path)) };
    let sources = sources::revision(at, revision)?;
    let names = sources.of(Artefact::Markdown).filter_map(|source| source.path.strip_prefix(prefix.as_str()));
    Ok(names.filter(|name| !name.contains('/')).map(str::to_owned).collect())
}

/// Numbers that a decision of the work tree and another one of a revision have when both are merged.
pub(super) fn clashing(folder: &Folder, ours: &BTreeSet<String>, branch: &str) -> anyhow::Result<Vec<Fault>> {
    let theirs = names(folder, branch)?;
    let base = names(folder, &sources::merge_base(&folder.root, "HEAD", branch)?)?;
    Ok(clashes(&folder.path, Branches { base: &base, ours, theirs: &theirs, branch }))
}

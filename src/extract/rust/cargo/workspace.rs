//! Packages to their workspaces, and what they inherit from them.

use std::collections::BTreeMap;

use super::manifest::{Manifest, Requirement};
use super::{ancestors, join};

/// The folder of the root of a package's workspace: the one that it names, the nearest one at or above it that does not
/// exclude it, or one elsewhere that has it as a member.
pub(super) fn of(manifests: &BTreeMap<String, Manifest>, folder: &str, manifest: &Manifest) -> Option<String> {
    if let Some(root) = &manifest.root {
        return join(folder, root);
    }
    let above = ancestors(folder).find(|root| {
        let workspace = manifests.get(*root).and_then(|manifest| manifest.workspace.as_ref());
        workspace.is_some_and(|workspace| {
            let named = || workspace.members.iter().any(|member| join(root, member).as_deref() == Some(folder));
            !excludes(root, &workspace.exclude, folder) || named()
        })
    });
    if let Some(root) = above {
        return Some(root.to_owned());
    }
    let elsewhere = manifests.iter().find(|(root, manifest)| {
        let Some(workspace) = &manifest.workspace else { return false };
        let mut members = workspace.members.iter().filter_map(|member| join(root, member));
        members.any(|pattern| matches(&pattern, folder)) && !excludes(root, &workspace.exclude, folder)
    });
    elsewhere.map(|(root, _)| root.clone())
}

fn excludes(root: &str, exclude: &[String], folder: &str) -> bool {
    exclude.iter().filter_map(|path| join(root, path)).any(|path| {
        folder.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || matches(&path, folder)
    })
}

/// Whether a path matches a pattern with `*` and `?` within names and `**` for any names.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    glob(
        &pattern,
        &path,
        |part| *part == "**",
        |pattern, name| {
            let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
            glob(&pattern, &name, |c| *c == '*', |pattern, c| *pattern == '?' || pattern == c)
        },
    )
}

/// Matches a sequence against a pattern in which some elements stand for any sequence: the last such element takes one
/// more each time the rest does not match, so that the time is bounded by the product of both lengths.
fn glob<T>(pattern: &[T], text: &[T], any: impl Fn(&T) -> bool, same: impl Fn(&T, &T) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(element) = text.get(t) {
        match pattern.get(p) {
            Some(star) if any(star) => {
                retry = Some((p, t));
                p += 1;
            }
            Some(plain) if same(plain, element) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return false };
                p = star + 1;
                t = from + 1;
                retry = Some((star, t));
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(any))
}

/// A requirement with what it inherits.
pub(super) fn merge(requirement: &Requirement, inherited: Option<&Requirement>) -> Requirement {
    let Some(inherited) = inherited.filter(|_| requirement.inherited) else { return requirement.clone() };
    let mut out = inherited.clone();
    out.features.extend(requirement.features.iter().cloned());
    out.optional = requirement.optional;
    out.path_of_workspace = true;
    out.at = requirement.at.clone();
    out
}

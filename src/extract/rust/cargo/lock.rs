//! The text of one `Cargo.lock` to versions. Knows no manifest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{self, File};
use crate::facts::Diagnostic;

/// The packages of a lock file.
#[derive(Debug, Default)]
pub(super) struct Lock {
    /// Versions of each package, newest first.
    versions: BTreeMap<String, Vec<String>>,
    /// Dependencies of each package without a source, by name and version, as written: `name`, `name version` or
    /// `name version (source)`.
    dependencies: BTreeMap<(String, String), Vec<String>>,
    /// Third-party packages that hold generated gRPC code.
    grpc: BTreeSet<String>,
}

/// Reads a lock file.
pub(super) fn read(path: &str, text: &str) -> Result<Lock, Diagnostic> {
    let file = File::new(path, text);
    let document = file.parse()?;
    let mut out = Lock::default();
    let packages = document.get_ref().get("package").and_then(|packages| packages.get_ref().as_array());
    for package in packages.into_iter().flat_map(|packages| packages.iter()) {
        let Some(package) = package.get_ref().as_table() else { continue };
        let (Some(name), Some(version)) = (manifest::string(package, "name"), manifest::string(package, "version"))
        else {
            continue;
        };
        out.versions.entry(name.clone()).or_default().push(version.clone());
        let dependencies = manifest::strings(package, "dependencies");
        if !package.contains_key("source") {
            out.dependencies.insert((name, version), dependencies);
        } else if holds_grpc(&dependencies) {
            out.grpc.insert(name);
        }
    }
    for versions in out.versions.values_mut() {
        versions.sort_by_cached_key(|version| Reverse(numbers(version)));
    }
    Ok(out)
}

/// The dependencies of one package in a lock file.
pub(super) struct Locked<'a> {
    lock: &'a Lock,
    /// As written; `None` if the lock file does not have the package.
    dependencies: Option<&'a [String]>,
}

impl Lock {
    /// The dependencies of a package of the project.
    pub(super) fn dependencies_of(&self, name: &str, version: &str) -> Locked<'_> {
        let exact = self.dependencies.get(&(name.to_owned(), version.to_owned()));
        // A version that was changed since the lock file was written.
        let any = || self.dependencies.iter().find(|((known, _), _)| known == name).map(|(_, list)| list);
        Locked { lock: self, dependencies: exact.or_else(any).map(Vec::as_slice) }
    }
}

/// Whether a package with these dependencies holds generated gRPC code: it needs tonic, and the codec of its messages.
fn holds_grpc(dependencies: &[String]) -> bool {
    let has = |name: &str| dependencies.iter().any(|of| first_word(of) == name);
    has("tonic") && (has("prost") || has("tonic-prost"))
}

/// The name in an entry of a list of dependencies.
fn first_word(entry: &str) -> &str {
    entry.split(' ').next().unwrap_or(entry)
}

impl Locked<'_> {
    /// Whether a third-party dependency holds generated gRPC code, by what it depends on itself; `None` if the lock file does
    /// not have it.
    pub(super) fn holds_grpc(&self, name: &str) -> Option<bool> {
        self.lock.versions.contains_key(name).then(|| self.lock.grpc.contains(name))
    }

    /// The version of a dependency: of those that the package has, one that the requirement allows, the newest first.
    pub(super) fn version(&self, name: &str, requirement: &str) -> Option<String> {
        let known = self.lock.versions.get(name)?;
        let mut listed: Vec<&str> = Vec::new();
        for entry in self.dependencies.unwrap_or_default() {
            let mut words = entry.split(' ');
            if words.next() == Some(name) {
                match words.next() {
                    Some(version) => listed.push(version),
                    None => listed.extend(known.iter().map(String::as_str)),
                }
            }
        }
        if listed.is_empty() {
            listed = known.iter().map(String::as_str).collect();
        }
        let allowed = listed.iter().find(|version| allows(requirement, version));
        // A version that is the only one is it, whatever the requirement says: it may be written in ways not read here.
        let only = if listed.len() == 1 && self.dependencies.is_some() { listed.first() } else { None };
        allowed.or(only).map(|version| (*version).to_owned())
    }
}

/// The numbers of a version and whether it is a release: enough to order versions.
fn numbers(version: &str) -> (Vec<u64>, bool) {
    let plain = version.split('+').next().unwrap_or(version);
    let (release, before) = plain.split_once('-').map_or((plain, None), |(release, before)| (release, Some(before)));
    (release.split('.').map(|part| part.parse().unwrap_or(0)).collect(), before.is_none())
}

/// Whether a requirement allows a version, to the first number that may not differ: enough to choose between versions
/// that a lock file has side by side.
fn allows(requirement: &str, version: &str) -> bool {
    let first = requirement.split(',').next().unwrap_or_default().trim();
    let plain = first.trim_start_matches(['^', '~', '=', 'v', ' ']);
    if plain.is_empty() || plain == "*" || plain.starts_with(['>', '<']) {
        return true;
    }
    let wanted: Vec<u64> =
        plain.split(['-', '+']).next().unwrap_or_default().split('.').map_while(|part| part.parse().ok()).collect();
    let has = numbers(version).0;
    let exact = first.starts_with('=');
    let fixed = if exact {
        wanted.len()
    } else {
        wanted.iter().position(|number| *number > 0).map_or(wanted.len(), |at| at + 1)
    };
    wanted.iter().take(fixed).eq(has.iter().take(fixed.min(wanted.len())))
}

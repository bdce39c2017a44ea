//! Manifests and lock files to packages: targets with their root files, dependencies with their versions. Cargo is never
//! run; a package counts whether or not a workspace has it as a member. Knows nothing of what is in Rust files.

mod features;
mod lock;
mod manifest;
mod targets;
#[cfg(test)]
mod tests;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Diagnostic;
use crate::sources::{Artefact, Sources};
use crate::span::Span;

pub use features::built_with;
use manifest::{Manifest, Requirement};

/// The packages of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cargo {
    /// Packages, in order of their folders.
    pub packages: Vec<Package>,
    /// Manifests and lock files that could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version; empty if none is said.
    pub version: String,
    /// Folder, relative to the project root (empty: the root itself).
    pub path: String,
    /// Folder of the root of its workspace, if it has one.
    pub workspace: Option<String>,
    /// Where its name stands in its manifest.
    pub manifest: Span,
    /// Library.
    pub lib: Option<Target>,
    /// Binaries, in order of their names.
    pub bins: Vec<Target>,
    /// Path of the build script.
    pub build_script: Option<String>,
    /// Dependencies, those of single platforms included, in order of their import names.
    pub dependencies: Vec<Dependency>,
    /// Dependencies of the build script.
    pub build_dependencies: Vec<Dependency>,
    /// Features and what they switch on.
    pub features: BTreeMap<String, Vec<String>>,
    /// Features without which one of its binaries is not built.
    pub required_features: BTreeSet<String>,
}

/// A target: a crate with its root file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name.
    pub name: String,
    /// Name in paths: with `_` for `-`.
    pub crate_name: String,
    /// Path of the root file.
    pub root: String,
    /// Where it is declared; where the package is named if it is found by its file.
    pub at: Span,
}

/// A dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Name in paths.
    pub import: String,
    /// Name of the package, whatever it was renamed to.
    pub name: String,
    /// Version in the nearest lock file at or above the package; else the requirement, empty if none is said.
    pub version: String,
    /// Features asked for, sorted.
    pub features: Vec<String>,
    /// Whether the default features are asked for.
    pub default_features: bool,
    /// Whether a feature must switch it on.
    pub optional: bool,
    /// Folder of the package, if it is one of the project.
    pub path: Option<String>,
    /// Whether it holds generated gRPC code, as its own dependencies in the lock file tell; of third-party packages only.
    pub holds_grpc: Option<bool>,
    /// Where it is declared.
    pub at: Span,
}

/// Reads all manifests of a project.
#[must_use]
pub fn read(sources: &Sources) -> Cargo {
    let mut out = Cargo::default();
    let mut manifests = BTreeMap::new();
    for source in sources.of(Artefact::CargoManifest) {
        match manifest::read(&source.path, &source.text()) {
            Ok(manifest) => {
                manifests.insert(source.folder().to_owned(), manifest);
            }
            Err(diagnostic) => out.diagnostics.push(diagnostic),
        }
    }
    let mut locks = BTreeMap::new();
    for source in sources.of(Artefact::CargoLock) {
        match lock::read(&source.path, &source.text()) {
            Ok(lock) => {
                locks.insert(source.folder().to_owned(), lock);
            }
            Err(diagnostic) => out.diagnostics.push(diagnostic),
        }
    }
    let project = Project { sources, manifests, locks };
    out.packages =
        project.manifests.iter().filter_map(|(folder, manifest)| project.package(folder, manifest)).collect();
    name_imports(&mut out.packages);
    out
}

/// What was read, by folder.
struct Project<'a> {
    sources: &'a Sources,
    manifests: BTreeMap<String, Manifest>,
    locks: BTreeMap<String, lock::Lock>,
}

impl Project<'_> {
    fn package(&self, folder: &str, manifest: &Manifest) -> Option<Package> {
        let (name, at) = manifest.name.clone()?;
        let workspace = workspace::of(&self.manifests, folder, manifest);
        let shared = workspace.as_ref().and_then(|root| self.manifests.get(root)?.workspace.as_ref());
        let version = match &manifest.version {
            Some(version) => version.clone(),
            None if manifest.inherits_version => shared.and_then(|shared| shared.version.clone()).unwrap_or_default(),
            None => String::new(),
        };
        let lock = ancestors(folder).find_map(|folder| self.locks.get(folder));
        let locked = lock.map(|lock| lock.dependencies_of(&name, &version));
        let resolve = |requirements: &[Requirement]| {
            let mut out: Vec<Dependency> = Vec::new();
            for requirement in requirements {
                let inherited =
                    shared.and_then(|shared| shared.dependencies.iter().find(|of| of.key == requirement.key));
                let merged = workspace::merge(requirement, inherited);
                let base = if merged.path_of_workspace { workspace.as_deref().unwrap_or(folder) } else { folder };
                let path = merged.path.as_ref().and_then(|path| join(base, path));
                let path = path.filter(|path| self.manifests.get(path).is_some_and(|found| found.name.is_some()));
                let path = path.or_else(|| self.by_name(&merged.package, &merged.version));
                let holds_grpc = locked.as_ref().and_then(|locked| locked.holds_grpc(&merged.package));
                let locked = locked.as_ref().and_then(|locked| locked.version(&merged.package, &merged.version));
                let of_path = path.as_ref().and_then(|path| self.manifests.get(path)?.version.clone());
                let dependency = Dependency {
                    import: merged.key.replace('-', "_"),
                    holds_grpc,
                    name: merged.package,
                    version: locked.or(of_path).unwrap_or(merged.version),
                    features: merged.features.into_iter().collect(),
                    default_features: merged.default_features,
                    optional: merged.optional,
                    path,
                    at: requirement.at.clone(),
                };
                // The same dependency for several platforms.
                match out.iter_mut().find(|known| known.import == dependency.import && known.name == dependency.name) {
                    Some(known) => {
                        let all: BTreeSet<String> = known.features.drain(..).chain(dependency.features).collect();
                        known.features = all.into_iter().collect();
                        known.optional &= dependency.optional;
                        known.default_features |= dependency.default_features;
                    }
                    None => out.push(dependency),
                }
            }
            out.sort_by(|a, b| a.import.cmp(&b.import));
            out
        };
        Some(Package {
            version: version.clone(),
            path: folder.to_owned(),
            lib: targets::lib(self.sources, folder, &name, &at, manifest),
            bins: targets::bins(self.sources, folder, &name, &at, manifest),
            build_script: targets::build_script(self.sources, folder, manifest),
            dependencies: resolve(&manifest.dependencies),
            build_dependencies: resolve(&manifest.build_dependencies),
            features: manifest.features.clone(),
            required_features: manifest.bins.iter().flat_map(|bin| bin.required.iter().cloned()).collect(),
            workspace,
            manifest: at,
            name,
        })
    }
}

impl Project<'_> {
    /// The folder of the package that a dependency by version, by git or by `[patch]` names, where the project has its
    /// source: one of several repositories that are read together, or a crate that is published from here.
    fn by_name(&self, package: &str, requirement: &str) -> Option<String> {
        let mut found = self.manifests.iter().filter(|(folder, manifest)| {
            manifest.name.as_ref().is_some_and(|(name, at)| {
                name == package && targets::lib(self.sources, folder, name, at, manifest).is_some()
            })
        });
        let (folder, manifest) = found.next().filter(|_| found.next().is_none())?;
        let fits = manifest.version.as_deref().is_none_or(|version| satisfies(version, requirement));
        fits.then(|| folder.clone())
    }
}

/// Whether a version is one that a requirement without operators allows: the first part that is not zero is the same. Of
/// other requirements nothing is asked.
fn satisfies(version: &str, requirement: &str) -> bool {
    let requirement = requirement.trim().trim_start_matches(['^', '=', '~', 'v']);
    if requirement.is_empty() || !requirement.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    for (version, required) in version.split('.').zip(requirement.split('.')) {
        if version != required {
            return false;
        }
        if required != "0" {
            return true;
        }
    }
    true
}

/// A library of the project may be named unlike its package: who does not rename the dependency imports that name.
fn name_imports(packages: &mut [Package]) {
    let names: BTreeMap<String, String> = packages
        .iter()
        .filter_map(|package| Some((package.path.clone(), package.lib.as_ref()?.crate_name.clone())))
        .collect();
    for package in packages {
        for dependency in package.dependencies.iter_mut().chain(&mut package.build_dependencies) {
            let name = dependency.path.as_ref().and_then(|path| names.get(path));
            if let Some(name) = name.filter(|_| dependency.import == dependency.name.replace('-', "_")) {
                dependency.import.clone_from(name);
            }
        }
    }
}

/// A folder and those above it, from the inside out.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| match folder.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None if folder.is_empty() => None,
        None => Some(""),
    })
}

/// A path relative to a folder of the project; nothing if it leaves the project.
fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut out: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                out.pop()?;
            }
            part => out.push(part),
        }
    }
    Some(out.join("/"))
}

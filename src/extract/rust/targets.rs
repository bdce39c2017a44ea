//! Packages to targets: which crates there are, which each of them links, and which package a file belongs to.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;

use super::cargo::Package;
use super::libraries::{self, GENERATED_FROM_OPENAPI};
use super::names::{Dependency, Target};

/// The targets of a project: libraries first.
#[derive(Debug)]
pub struct Targets {
    /// All of them; local dependencies are positions in this list.
    all: Vec<Target>,
    /// The binaries.
    pub binaries: Vec<Binary>,
}

/// A binary.
#[derive(Clone, Copy, Debug)]
pub struct Binary {
    /// Its target.
    pub target: usize,
    /// Its package.
    pub package: usize,
    /// Which of the package's binaries it is.
    pub index: usize,
}

impl Targets {
    /// The targets of packages.
    #[must_use]
    pub fn new(packages: &[Package]) -> Self {
        let with_library = packages.iter().filter(|package| package.lib.is_some());
        let libraries: HashMap<&str, usize> =
            with_library.enumerate().map(|(index, package)| (package.path.as_str(), index)).collect();
        let mut targets = Self { all: Vec::new(), binaries: Vec::new() };
        for (index, package) in packages.iter().enumerate() {
            if let Some(lib) = &package.lib {
                targets.all.push(Target {
                    package: index,
                    name: lib.crate_name.clone(),
                    root: lib.root.clone(),
                    dependencies: dependencies(package, &libraries),
                    grpc_crates: grpc_crates(package),
                });
            }
        }
        for (package, of) in packages.iter().enumerate() {
            for (index, bin) in of.bins.iter().enumerate() {
                let mut dependencies = dependencies(of, &libraries);
                if let (Some(lib), Some(local)) = (&of.lib, libraries.get(of.path.as_str())) {
                    dependencies.insert(lib.crate_name.clone(), Dependency::Local(*local));
                }
                targets.binaries.push(Binary { target: targets.all.len(), package, index });
                let (name, root) = (bin.crate_name.clone(), bin.root.clone());
                targets.all.push(Target { package, name, root, dependencies, grpc_crates: grpc_crates(of) });
            }
        }
        targets
    }

    /// A target and all that it links, in order: libraries before what links them.
    #[must_use]
    pub fn linked(&self, target: usize) -> BTreeSet<usize> {
        let mut linked = BTreeSet::new();
        let mut open = vec![target];
        while let Some(next) = open.pop() {
            if linked.insert(next) {
                open.extend(self.all[next].dependencies.values().filter_map(|dependency| match dependency {
                    Dependency::Local(id) => Some(*id),
                    Dependency::Extern(_) => None,
                }));
            }
        }
        linked
    }

    /// Some targets that link nothing but each other, as a list of their own.
    #[must_use]
    pub fn only(&self, linked: &BTreeSet<usize>) -> Vec<Target> {
        let position: HashMap<usize, usize> = linked.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let mut targets: Vec<Target> = linked.iter().map(|id| self.all[*id].clone()).collect();
        for dependency in targets.iter_mut().flat_map(|target| target.dependencies.values_mut()) {
            if let Dependency::Local(id) = dependency {
                *id = position.get(id).copied().unwrap_or(*id);
            }
        }
        targets
    }

    /// The packages of targets.
    #[must_use]
    pub fn packages(&self, linked: &BTreeSet<usize>) -> BTreeSet<usize> {
        linked.iter().map(|id| self.all[*id].package).collect()
    }
}

fn dependencies(package: &Package, libraries: &HashMap<&str, usize>) -> HashMap<String, Dependency> {
    let dependency = |of: &super::cargo::Dependency| match of.path.as_deref().and_then(|path| libraries.get(path)) {
        Some(index) => Dependency::Local(*index),
        None => Dependency::Extern(of.name.replace('-', "_").into()),
    };
    let mut all: HashMap<String, Dependency> =
        package.dependencies.iter().map(|of| (of.import.clone(), dependency(of))).collect();
    // The build of a client asks a server of the project for its OpenAPI document: what the client does stands there.
    if all.values().any(|of| matches!(of, Dependency::Extern(name) if &**name == GENERATED_FROM_OPENAPI)) {
        let documents = package.build_dependencies.iter().map(|of| (of.import.clone(), dependency(of)));
        for (name, of) in documents.filter(|(_, of)| matches!(of, Dependency::Local(_))) {
            all.entry(name).or_insert(of);
        }
    }
    all
}

/// Third-party crates that a package depends on, by their real names: whether they hold generated gRPC code, where that is known.
/// Of a crate that has a table the table says what its clients do.
fn grpc_crates(package: &Package) -> Vec<(Arc<str>, bool)> {
    let others = package.dependencies.iter().filter(|of| of.path.is_none());
    let known = others.filter_map(|of| Some((of.name.replace('-', "_"), of.holds_grpc?)));
    known.filter(|(krate, _)| !libraries::is_of_one(krate)).map(|(krate, holds)| (krate.into(), holds)).collect()
}

/// Which package a path belongs to: the innermost one around it.
#[derive(Debug)]
pub struct Owners<'p>(HashMap<&'p str, usize>);

impl<'p> Owners<'p> {
    /// The owners of the files of packages.
    #[must_use]
    pub fn new(packages: &'p [Package]) -> Self {
        Self(packages.iter().enumerate().map(|(index, package)| (package.path.as_str(), index)).collect())
    }

    /// The package of a file, by position.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<usize> {
        let mut folder = path;
        while let Some((outer, _)) = folder.rsplit_once('/') {
            if let Some(package) = self.0.get(outer) {
                return Some(*package);
            }
            folder = outer;
        }
        self.0.get("").copied()
    }
}

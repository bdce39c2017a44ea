//! Rust: from the files of Cargo packages to facts, without a compiler.
//!
//! packages → files lowered in parallel → per binary: names of the crates that it links → followed from its `main` →
//! facts. Runs no cargo, no build script and no macro of the project; knows no other artefact.

mod assemble;
pub mod cargo;
mod comments;
mod copies;
mod destinations;
mod inside;
pub mod interpret;
mod kept;
pub mod lexer;
mod libraries;
pub mod lower;
pub mod names;
pub mod outline;
mod roles;
mod survived;
mod targets;
mod tested;
pub mod tree;
pub mod types;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::cache::{Cache, Key};
use crate::facts::rust::{self, RustFacts};
use crate::facts::{Diagnostic, Suppression};
use crate::sources::{Artefact, Source, Sources};
use crate::span::Span;
use cargo::Package;
use interpret::Context;
use kept::{Keeping, Lowered};
use names::{Def, Program};
use targets::{Binary, Owners, Targets};

/// What the extractor gives.
#[derive(Debug, Default)]
pub struct Extracted {
    /// The facts.
    pub facts: RustFacts,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// Inline suppressions.
    pub suppressions: Vec<Suppression>,
}

/// Extracts the facts of all Rust code.
#[must_use]
pub fn extract(sources: &Sources, cache: &Cache) -> Extracted {
    let cargo::Cargo { packages, mut diagnostics } = cargo::read(sources);
    let owners = Owners::new(&packages);
    let candidates = candidates(sources, &packages, &owners);
    let keeping = Keeping::new(cache, macros(&candidates, &packages));
    let project = Project {
        targets: Targets::new(&packages),
        files: lowered(&candidates, &packages, &cargo::built_with(&packages, sources), &keeping),
        owners,
        packages: &packages,
    };
    diagnostics.extend(project.files.iter().filter_map(|(path, file)| unparsed(path, file)));
    let mut facts = RustFacts { packages: packages.iter().map(package_fact).collect(), ..RustFacts::default() };
    tests(sources, &project.owners, &mut facts);
    let runs: Vec<(RustFacts, Option<Key>)> =
        project.targets.binaries.par_iter().map(|binary| project.binary(*binary, &keeping)).collect();
    let mut new: BTreeMap<Key, Vec<u8>> = project.files.values().filter_map(Lowered::entry).collect();
    for (run, key) in runs {
        new.extend(key.and_then(|key| Some((key, postcard::to_stdvec(&run).ok()?))));
        facts.append(run);
    }
    facts.roles.sort_by(|a, b| a.path.cmp(&b.path));
    facts.roles.dedup();
    // What cannot be kept is made again next time.
    cache.put_all(&new).ok();
    let files: Vec<&Source> = sources.of(Artefact::Rust).collect();
    let suppressions = files.par_iter().flat_map_iter(|of| comments::suppressions(&of.path, &of.text())).collect();
    Extracted { facts, diagnostics, suppressions }
}

/// A file that a target may hold, with the position of its package.
struct Candidate<'s> {
    source: &'s Source,
    package: usize,
}

/// Files that a target may hold. Tests, benches and examples are no part of any target.
fn candidates<'s>(sources: &'s Sources, packages: &[Package], owners: &Owners<'_>) -> Vec<Candidate<'s>> {
    let outside = |path: &str, package: &Package| {
        let rest = path.strip_prefix(package.path.as_str()).unwrap_or(path).trim_start_matches('/');
        ["tests/", "benches/", "examples/"].iter().any(|folder| rest.starts_with(folder))
    };
    sources
        .of(Artefact::Rust)
        .filter_map(|source| Some(Candidate { source, package: owners.of(&source.path)? }))
        .filter(|candidate| !outside(&candidate.source.path, &packages[candidate.package]))
        .collect()
}

/// The name of a package's crate, as paths name it.
fn crate_name(package: &Package) -> String {
    package.lib.as_ref().map_or_else(|| package.name.replace('-', "_"), |lib| lib.crate_name.clone())
}

/// The macros of a project.
fn macros(candidates: &[Candidate<'_>], packages: &[Package]) -> lower::Macros {
    let found: Vec<lower::Macros> = candidates
        .par_iter()
        .map(|Candidate { source, package }| {
            lower::Macros::of(&source.path, &crate_name(&packages[*package]), &source.text())
        })
        .collect();
    found.into_iter().fold(lower::Macros::default(), lower::Macros::and)
}

/// Lowers files in parallel.
fn lowered<'s>(
    candidates: &[Candidate<'s>],
    packages: &[Package],
    features: &[lower::Features],
    keeping: &Keeping<'s>,
) -> BTreeMap<&'s str, Lowered<'s>> {
    candidates
        .par_iter()
        .map(|Candidate { source, package }| {
            let krate = crate_name(&packages[*package]);
            (&*source.path, keeping.lower(&source.path, &krate, &features[*package], &source.text()))
        })
        .collect()
}

/// What is said of a file that could not be parsed.
fn unparsed(path: &str, file: &Lowered<'_>) -> Option<Diagnostic> {
    let (at, message) = file.error.as_ref()?;
    Some(Diagnostic {
        at: Span::new(path, (at.line, at.column), (at.end_line, at.end_column)),
        message: message.clone(),
        help: "what could be read of the file was read; mend it to see the rest".to_owned(),
    })
}

/// The words in the tests of each package.
fn tests(sources: &Sources, owners: &Owners<'_>, facts: &mut RustFacts) {
    let mut files: Vec<Vec<&Source>> = facts.packages.iter().map(|_| Vec::new()).collect();
    for source in sources.of(Artefact::Rust) {
        if let Some(package) = owners.of(&source.path) {
            files[package].push(source);
        }
    }
    facts.packages.par_iter_mut().zip(files).for_each(|(package, files)| {
        for source in files {
            let rest = source.path.strip_prefix(package.path.as_str()).unwrap_or(&source.path);
            tested::add(rest.trim_start_matches('/'), &source.text(), &mut package.tests);
        }
    });
}

/// What the binaries of a project are made of.
struct Project<'s> {
    packages: &'s [Package],
    owners: Owners<'s>,
    targets: Targets,
    /// Lowered files, by path.
    files: BTreeMap<&'s str, Lowered<'s>>,
}

impl Project<'_> {
    /// The facts of a binary: as they were kept, else of a run, with the key under which to keep them.
    fn binary(&self, binary: Binary, keeping: &Keeping<'_>) -> (RustFacts, Option<Key>) {
        let linked = self.targets.linked(binary.target);
        let packages = self.targets.packages(&linked);
        let own: Vec<(&str, &Lowered<'_>)> = self
            .files
            .iter()
            .filter(|(path, _)| self.owners.of(path).is_some_and(|package| packages.contains(&package)))
            .map(|(path, file)| (*path, file))
            .collect();
        let packages: Vec<&Package> = packages.iter().map(|id| &self.packages[*id]).collect();
        let name = &self.packages[binary.package].bins[binary.index].name;
        let key = kept::key_of_binary(name, &packages, &own);
        if let Some(facts) = keeping.facts(&key) {
            return (facts, None);
        }
        own.par_iter().for_each(|(_, file)| {
            file.file();
        });
        let file = |path: &str| self.files.get_key_value(path).map(|(path, file)| (*path, file.file()));
        let program = names::build(self.targets.only(&linked), &file);
        // Of files in the folders of other packages, the key does not tell when they change.
        let own: BTreeSet<&str> = own.iter().map(|(path, _)| *path).collect();
        let key = program.files.iter().all(|path| own.contains(path)).then_some(key);
        (self.run(binary, program), key)
    }

    /// Follows a binary from its `main`. Its crate is the last of the program.
    fn run(&self, binary: Binary, program: Program<'_>) -> RustFacts {
        let root = program.crates.last().map_or(0, |of| of.root);
        let main = program.lookup(root, "main").into_iter().find_map(|def| match def {
            Def::Function(id) => Some(id),
            _ => None,
        });
        let Some(main) = main else { return RustFacts::default() };
        let versions = |package: &Package| -> _ {
            package.dependencies.iter().map(|of| (of.name.clone(), of.version.clone())).collect()
        };
        let folders = self.packages.iter().map(|package| package.path.clone()).collect();
        let context = Context::new(program, self.packages.iter().map(versions).collect(), folders);
        let run = interpret::run(&context, main);
        let package = &self.packages[binary.package];
        let named = assemble::Named {
            binary: package.bins[binary.index].name.clone(),
            package: package.name.clone(),
            folder: package.path.clone(),
        };
        let mut facts = assemble::assemble(&context, &run, main, &named);
        facts.roles = roles::roles(&context.program, &facts);
        facts
    }
}

fn package_fact(package: &Package) -> rust::Package {
    rust::Package {
        name: package.name.clone(),
        path: package.path.clone(),
        dependencies: package
            .dependencies
            .iter()
            .map(|of| rust::Dependency {
                name: of.name.clone(),
                version: of.version.clone(),
                features: of.features.clone(),
                path: of.path.clone(),
                at: of.at.clone(),
            })
            .collect(),
        protos: Vec::new(),
        tests: std::collections::BTreeSet::new(),
        at: package.manifest.clone(),
    }
}

//! Rust: from the files of Cargo packages to facts, without a compiler.
//!
//! packages → files lowered in parallel → names → each binary followed from its `main` → facts. Runs no cargo, no build
//! script and no macro of the project; knows no other artefact.

mod assemble;
pub mod cargo;
mod comments;
pub mod interpret;
mod kept;
pub mod lexer;
mod libraries;
pub mod lower;
pub mod names;
pub mod outline;
mod tested;
pub mod tree;
pub mod types;

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

pub use kept::FORMAT;

use crate::cache::Cache;
use crate::facts::rust::{self, RoleEnum, RustFacts, Step};
use crate::facts::{Diagnostic, Suppression};
use crate::sources::{Artefact, Sources};
use crate::span::Span;
use cargo::Package;
use interpret::Context;
use names::{Def, Dependency, Program, Target};

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
    let files = lowered(sources, &packages, cache, &mut diagnostics);
    let (targets, bins) = targets(&packages);
    let program = names::build(targets, &files);
    let mains: Vec<(usize, usize, usize)> = bins
        .iter()
        .filter_map(|(of_crate, package, bin)| {
            let root = program.crates[*of_crate].root;
            let main = program.lookup(root, "main").into_iter().find_map(|def| match def {
                Def::Function(id) => Some(id),
                _ => None,
            })?;
            Some((main, *package, *bin))
        })
        .collect();
    let versions = packages
        .iter()
        .map(|package| package.dependencies.iter().map(|of| (of.name.clone(), of.version.clone())).collect())
        .collect();
    let folders = packages.iter().map(|package| package.path.clone()).collect();
    let context = Context::new(program, versions, folders);
    let runs: Vec<RustFacts> = mains
        .par_iter()
        .map(|(main, package, bin)| {
            let run = interpret::run(&context, *main);
            let package = &packages[*package];
            let named = assemble::Named {
                binary: package.bins[*bin].name.clone(),
                package: package.name.clone(),
                folder: package.path.clone(),
            };
            assemble::assemble(&context, &run, *main, &named)
        })
        .collect();
    let mut facts = RustFacts { packages: packages.iter().map(package_fact).collect(), ..RustFacts::default() };
    tests(sources, &packages, &mut facts);
    for run in runs {
        facts.append(run);
    }
    facts.roles = roles(&context.program, &facts);
    let suppressions = sources.of(Artefact::Rust).flat_map(|of| comments::suppressions(&of.path, &of.text())).collect();
    Extracted { facts, diagnostics, suppressions }
}

/// Lowers the files that a target can hold, in parallel. Tests, benches and examples are no part of any target.
fn lowered(
    sources: &Sources,
    packages: &[Package],
    cache: &Cache,
    diagnostics: &mut Vec<Diagnostic>,
) -> HashMap<String, tree::File> {
    let candidates: Vec<_> = sources.of(Artefact::Rust).filter(|source| belongs(&source.path, packages)).collect();
    let mut macros = lower::Macros::default();
    for source in &candidates {
        macros.add(&source.path, &crate_of(&source.path, packages), &source.text());
    }
    let keeping = kept::Keeping::new(cache, &macros);
    let files: Vec<(String, kept::Lowered)> = candidates
        .par_iter()
        .map(|source| {
            let krate = crate_of(&source.path, packages);
            let scope = lower::Scope { macros: &macros, file: &source.path, krate: &krate };
            (source.path.to_string(), keeping.lower(&source.text(), scope))
        })
        .collect();
    let mut new = BTreeMap::new();
    let keep = |(path, of): (String, kept::Lowered)| {
        new.extend(of.new);
        (path, of.file)
    };
    let files: Vec<(String, tree::File)> = files.into_iter().map(keep).collect();
    // What cannot be kept is lowered again next time.
    cache.put_all(&new).ok();
    for (path, file) in &files {
        if let Some((at, message)) = &file.error {
            diagnostics.push(Diagnostic {
                at: Span::new(path.as_str(), (at.line, at.column), (at.end_line, at.end_column)),
                message: message.clone(),
                help: "what could be read of the file was read; mend it to see the rest".to_owned(),
            });
        }
    }
    files.into_iter().collect()
}

/// The words in the tests of each package.
fn tests(sources: &Sources, packages: &[Package], facts: &mut RustFacts) {
    for source in sources.of(Artefact::Rust) {
        let Some(package) = package_of(&source.path, packages) else { continue };
        let Some(fact) = facts.packages.iter_mut().find(|of| of.path == package.path) else { continue };
        let rest = source.path.strip_prefix(package.path.as_str()).unwrap_or(&source.path);
        tested::add(rest.trim_start_matches('/'), &source.text(), &mut fact.tests);
    }
}

/// The package of a file: the innermost one around it.
fn package_of<'p>(path: &str, packages: &'p [Package]) -> Option<&'p Package> {
    packages
        .iter()
        .filter(|package| package.path.is_empty() || path.starts_with(&format!("{}/", package.path)))
        .max_by_key(|package| package.path.len())
}

/// The crate of a file, as paths name it.
fn crate_of(path: &str, packages: &[Package]) -> String {
    package_of(path, packages).map_or_else(String::new, |package| {
        package.lib.as_ref().map_or_else(|| package.name.replace('-', "_"), |lib| lib.crate_name.clone())
    })
}

/// Whether a file may be part of a target of a package.
fn belongs(path: &str, packages: &[Package]) -> bool {
    let Some(package) = package_of(path, packages) else { return false };
    let rest = if package.path.is_empty() { path } else { &path[package.path.len() + 1..] };
    !["tests/", "benches/", "examples/"].iter().any(|folder| rest.starts_with(folder))
}

/// Libraries first, then binaries: each as (crate, package, index of the binary).
fn targets(packages: &[Package]) -> (Vec<Target>, Vec<(usize, usize, usize)>) {
    let mut libraries: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, package) in packages.iter().filter(|package| package.lib.is_some()).enumerate() {
        libraries.insert(&package.path, index);
    }
    let dependencies = |package: &Package| -> HashMap<String, Dependency> {
        package
            .dependencies
            .iter()
            .map(|of| {
                let local = of.path.as_deref().and_then(|path| libraries.get(path));
                let dependency = match local {
                    Some(index) => Dependency::Local(*index),
                    None => Dependency::Extern(of.name.replace('-', "_").into()),
                };
                (of.import.clone(), dependency)
            })
            .collect()
    };
    let mut targets = Vec::new();
    for (index, package) in packages.iter().enumerate() {
        if let Some(lib) = &package.lib {
            targets.push(Target {
                package: index,
                name: lib.crate_name.clone(),
                root: lib.root.clone(),
                dependencies: dependencies(package),
            });
        }
    }
    let mut bins = Vec::new();
    for (index, package) in packages.iter().enumerate() {
        for (position, bin) in package.bins.iter().enumerate() {
            let mut all = dependencies(package);
            if let (Some(lib), Some(local)) = (&package.lib, libraries.get(package.path.as_str())) {
                all.insert(lib.crate_name.clone(), Dependency::Local(*local));
            }
            bins.push((targets.len(), index, position));
            targets.push(Target {
                package: index,
                name: bin.crate_name.clone(),
                root: bin.root.clone(),
                dependencies: all,
            });
        }
    }
    (targets, bins)
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

/// The enums that choose branches.
fn guards<'f>(steps: &'f [Step], into: &mut Vec<&'f str>) {
    for step in steps {
        match step {
            Step::Choice { branches } => {
                for branch in branches {
                    into.extend(branch.guard.iter().map(|guard| guard.of.as_str()));
                    guards(&branch.steps, into);
                }
            }
            Step::Together { branches, .. } => branches.iter().for_each(|steps| guards(steps, into)),
            Step::Loop { steps, .. }
            | Step::Spawn { steps, .. }
            | Step::Timeout { steps, .. }
            | Step::Retry { steps, .. }
            | Step::Transaction { steps, .. }
            | Step::Lock { steps, .. }
            | Step::Held { steps, .. } => guards(steps, into),
            Step::Effect { .. } | Step::Call { .. } => {}
        }
    }
}

/// The words that choose the variants of the enums that choose branches.
fn roles(program: &Program<'_>, facts: &RustFacts) -> Vec<RoleEnum> {
    let mut wanted: Vec<&str> = Vec::new();
    for function in &facts.functions {
        guards(&function.steps, &mut wanted);
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
        .into_iter()
        .filter_map(|path| program.adts.iter().find(|adt| adt.path == path))
        .map(|adt| RoleEnum {
            path: adt.path.clone(),
            words: adt.variants.iter().map(|variant| (variant.name.clone(), words(variant))).collect(),
        })
        .collect()
}

/// The words that choose a variant: as attributes say, else its name in the usual cases.
fn words(variant: &tree::Variant) -> Vec<String> {
    let mut words = Vec::new();
    for attribute in &variant.attributes {
        for argument in &attribute.arguments {
            if let tree::ExprKind::Assign(_, target, value) = &*argument.kind
                && let tree::ExprKind::Path(name) = &*target.kind
                && name.segments.last().is_some_and(|last| {
                    matches!(last.name.as_str(), "name" | "alias" | "serialize" | "rename" | "visible_alias")
                })
                && let tree::ExprKind::Literal(tree::Literal::Text(text)) = &*value.kind
            {
                words.push(text.clone());
            }
        }
    }
    let mut kebab = String::new();
    for (index, c) in variant.name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    words.push(kebab.replace('-', "_"));
    words.push(variant.name.to_lowercase());
    words.push(kebab);
    words.sort();
    words.dedup();
    words
}

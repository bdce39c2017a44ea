//! Packages to the features that they are built with: their default ones, those that packages of the project ask for of
//! each other, those that a binary cannot be built without, and those that an image asks for. One set per package, as
//! cargo unites them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dependency, Package};
use crate::extract::rust::lower::Features;
use crate::sources::{Artefact, Sources};

/// The features of each package.
#[must_use]
pub fn built_with(packages: &[Package], sources: &Sources) -> Vec<Features> {
    let Some(asked) = asked_for(sources) else {
        // Which features the images have is not known: none is decided.
        return vec![Features::default(); packages.len()];
    };
    let mut on: Vec<BTreeSet<String>> = packages.iter().map(|package| first(package, packages, &asked)).collect();
    let positions: BTreeMap<&str, usize> =
        packages.iter().enumerate().map(|(index, package)| (package.path.as_str(), index)).collect();
    loop {
        let before: usize = on.iter().map(BTreeSet::len).sum();
        for (index, package) in packages.iter().enumerate() {
            expand(package, &mut on[index]);
            for dependency in &package.dependencies {
                let Some(local) = dependency.path.as_deref().and_then(|path| positions.get(path)) else { continue };
                let passed = passed_on(package, dependency, &on[index]);
                on[*local].extend(passed);
            }
        }
        // Sets only grow, within what manifests name.
        if on.iter().map(BTreeSet::len).sum::<usize>() == before {
            break;
        }
    }
    packages
        .iter()
        .zip(on)
        .map(|(package, on)| Features { off: declared(package).difference(&on).cloned().collect(), on })
        .collect()
}

/// What a package is built with whoever depends on it.
fn first(package: &Package, packages: &[Package], asked: &Asked) -> BTreeSet<String> {
    let mut on = package.required_features.clone();
    let is_used =
        packages.iter().flat_map(|other| &other.dependencies).any(|of| of.path.as_ref() == Some(&package.path));
    // A library without binaries is built as those ask who use it.
    if !package.bins.is_empty() || !is_used {
        on.insert("default".to_owned());
    }
    let declared = declared(package);
    if asked.all {
        on.extend(declared);
    } else {
        on.extend(asked.names.intersection(&declared).cloned());
    }
    on
}

/// Names that `cfg(feature = …)` may ask for: features, and optional dependencies.
fn declared(package: &Package) -> BTreeSet<String> {
    let optional =
        package.dependencies.iter().filter(|of| of.optional).flat_map(|of| [of.name.clone(), of.import.clone()]);
    package.features.keys().cloned().chain(optional).collect()
}

/// Adds the features of the same package that those which are on switch on.
fn expand(package: &Package, on: &mut BTreeSet<String>) {
    let mut open: Vec<String> = on.iter().cloned().collect();
    while let Some(feature) = open.pop() {
        for item in package.features.get(&feature).into_iter().flatten() {
            // `name/feature` switches on the optional dependency too; with `name?/feature` it is not known.
            let name = item.strip_prefix("dep:").unwrap_or(item).split('/').next().unwrap_or(item);
            if on.insert(name.trim_end_matches('?').to_owned()) {
                open.push(name.to_owned());
            }
        }
    }
}

/// The features that a package asks for of one that it depends on.
fn passed_on(package: &Package, dependency: &Dependency, on: &BTreeSet<String>) -> Vec<String> {
    if dependency.optional && !on.contains(&dependency.name) && !on.contains(&dependency.import) {
        return Vec::new();
    }
    let mut passed = dependency.features.clone();
    if dependency.default_features {
        passed.push("default".to_owned());
    }
    for item in on.iter().filter_map(|feature| package.features.get(feature)).flatten() {
        if let Some((name, feature)) = item.split_once('/')
            && is_called(dependency, name)
        {
            passed.push(feature.to_owned());
        }
    }
    passed
}

/// Whether a feature's item means a dependency by this name: its own, or the one that it was renamed to.
fn is_called(dependency: &Dependency, name: &str) -> bool {
    let name = name.trim_end_matches('?').replace('-', "_");
    name == dependency.import || name == dependency.name.replace('-', "_")
}

/// Features that the builds of images ask for.
#[derive(Debug, Default)]
struct Asked {
    names: BTreeSet<String>,
    all: bool,
}

/// What the images of the project are built with; nothing, where that cannot be read.
fn asked_for(sources: &Sources) -> Option<Asked> {
    let mut asked = Asked::default();
    for source in sources.of(Artefact::Dockerfile) {
        let text = source.text().replace("\\\n", " ");
        for command in text.split(['\n', ';', '&', '|']) {
            let words: Vec<&str> = command
                .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '='))
                .filter(|word| !word.is_empty())
                .collect();
            if builds(&words) {
                read(&words, &mut asked)?;
            }
        }
    }
    Some(asked)
}

/// Whether a command builds a package of the project: a tool that is installed is none.
fn builds(words: &[&str]) -> bool {
    words.contains(&"cargo") && (!words.contains(&"install") || words.contains(&"--path"))
}

fn read(words: &[&str], asked: &mut Asked) -> Option<()> {
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        match *word {
            "--all-features" => asked.all = true,
            "--no-default-features" => return None,
            "--features" | "-F" => {
                while let Some(names) = words.next_if(|word| !word.starts_with('-')) {
                    if names.contains('$') {
                        return None;
                    }
                    // `package/feature` is the feature of a package: of any that declares it.
                    let names = names.split(',').filter_map(|name| name.rsplit('/').next());
                    asked.names.extend(names.map(str::to_owned));
                }
            }
            _ => {}
        }
    }
    Some(())
}

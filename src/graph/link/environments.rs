//! Which of the deployments that a project describes hold: the primary one, and every other that deploys other things.
//!
//! A project has manifests for several environments, and compose files for several purposes. Of those that deploy the
//! same, one is taken; else each service would be there several times, with the variables of all of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::matching::{binary_of, image_name, is_known_product};
use super::running::of_compose;
use crate::config::Config;
use crate::facts::Facts;

/// The environments that hold: the primary one, and every other that deploys other things.
#[must_use]
pub fn active_environments(facts: &Facts, config: &Config) -> Vec<usize> {
    let primary = config.environment.primary.as_deref();
    let mut order: Vec<usize> = (0..facts.kubernetes.len()).collect();
    // What is there to test or show something deploys nothing where there is anything else.
    let for_show = |id: &usize| {
        let of = &facts.kubernetes[*id];
        is_scaffolding(&of.path) && primary.is_none_or(|primary| of.name != primary && of.path != primary)
    };
    if composed(facts) || order.iter().any(|id| !for_show(id)) {
        order.retain(|id| !for_show(id));
    }
    let rank = |id: &usize| {
        let of = &facts.kubernetes[*id];
        let is_primary = primary.is_some_and(|primary| of.name == primary || of.path == primary);
        let purpose = if is_primary { 0 } else { purpose(&of.name) };
        (purpose, Reverse(of.workloads.len()), of.path.clone())
    };
    order.sort_by_key(rank);
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut seen_written: BTreeSet<(&str, u32)> = BTreeSet::new();
    let mut active = Vec::new();
    for id in order {
        let workloads = || facts.kubernetes[id].workloads.iter().map(|of| &of.meta);
        // The same name, or the same lines of a base under another prefix: one thing, deployed elsewhere.
        // Two charts of one system may share a helper; most of an alternative is there already.
        let repeated = workloads().filter(|meta| {
            seen.contains(&(meta.kind.as_str(), meta.name.as_str()))
                || seen_written.contains(&(&*meta.at.file, meta.at.line))
        });
        let repeats = repeated.count() * 2 >= workloads().count().max(1);
        // Plain manifests without workloads (namespaces, shared config) hold beside any environment.
        if !repeats {
            seen.extend(workloads().map(|meta| (meta.kind.as_str(), meta.name.as_str())));
            seen_written.extend(workloads().map(|meta| (&*meta.at.file, meta.at.line)));
            active.push(id);
        }
    }
    active
}

/// What an environment is for, by the words of its name: the smaller, the more it is what users meet.
fn purpose(name: &str) -> u8 {
    let name = name.to_lowercase();
    let says = |words: &[&str]| name.split(['-', '_', '/', '.']).any(|word| words.contains(&word));
    if says(&["prod", "production", "live"]) {
        1
    } else if says(&["dev", "development", "local", "test", "e2e", "ci"]) {
        4
    } else if name.contains("stag") {
        3
    } else {
        2
    }
}

/// The compose services that hold, by their index: those of the first file, and of every other that runs other things.
/// Several files of one folder are often one thing for several purposes; the one without a purpose in its name is meant.
#[must_use]
pub fn active_compose(facts: &Facts) -> Vec<usize> {
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (id, of) in facts.compose.iter().enumerate() {
        files.entry(of.file.as_str()).or_default().push(id);
    }
    let rank = |file: &str| {
        let name = file.rsplit('/').next().unwrap_or(file);
        let plain = matches!(name, "compose.yaml" | "compose.yml" | "docker-compose.yaml" | "docker-compose.yml");
        (is_scaffolding(file), file.matches('/').count(), !plain, purpose(name), file.to_owned())
    };
    let mut order: Vec<(&str, Vec<usize>)> = files.into_iter().collect();
    order.sort_by_key(|(file, services)| (rank(file), Reverse(services.len())));
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut active = Vec::new();
    for (_, services) in order {
        // Every file has a database of its own; what tells files apart is what they run of the project.
        let own = || {
            services
                .iter()
                .map(|id| &facts.compose[*id])
                .filter(|of| of.image.as_ref().is_none_or(|image| !is_known_product(image_name(&image.value))))
        };
        let repeated = own().filter(|of| seen.contains(of.name.as_str())).count();
        if repeated == 0 || repeated * 2 < own().count() {
            seen.extend(own().map(|of| of.name.as_str()));
            active.extend(&services);
        }
    }
    active
}

/// Whether a compose file that is not there to test or show something runs a binary of the project.
fn composed(facts: &Facts) -> bool {
    let services = 0..facts.compose.len();
    services.map(|id| of_compose(facts, id)).any(|of| !is_scaffolding(&of.at.file) && binary_of(facts, &of).is_some())
}

/// Whether a path or name says that it is there to test, measure or show something else.
#[must_use]
pub fn is_scaffolding(path: &str) -> bool {
    path.split(['/', '-', '_']).any(|word| {
        matches!(
            word,
            "example"
                | "examples"
                | "test"
                | "tests"
                | "testing"
                | "bench"
                | "benches"
                | "benchmark"
                | "benchmarks"
                | "xtask"
                | "fuzz"
                | "e2e"
                | "mock"
                | "mocks"
                | "loadgenerator"
                | "loadgen"
                | "loadtest"
                | "demo"
                | "demos"
                | "fake"
                | "fakes"
                | "testdata"
                | "fixture"
                | "fixtures"
                | "snapshots"
        )
    })
}

//! Names of decisions on two branches and where they part, to numbers that both have given: git merges the two without a
//! word, for their files have different names.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Fault, FaultKind};
use super::record::number;
use crate::span::Span;

/// The names of the files of a folder, in three states.
#[derive(Clone, Copy, Debug)]
pub struct Branches<'a> {
    /// Where both part.
    pub base: &'a BTreeSet<String>,
    /// Here.
    pub ours: &'a BTreeSet<String>,
    /// On the other branch.
    pub theirs: &'a BTreeSet<String>,
    /// What the other branch is called.
    pub branch: &'a str,
}

/// Numbers that a decision of this branch and one of the other have when both are merged.
#[must_use]
pub fn clashes(folder: &str, branches: Branches<'_>) -> Vec<Fault> {
    let Branches { base, ours, theirs, branch } = branches;
    // What one side has taken away, or called differently, is gone after the merge.
    let stays = |name: &&String| !base.contains(*name) || ours.contains(*name);
    let mut there: BTreeMap<u32, Vec<&String>> = BTreeMap::new();
    for name in theirs.iter().filter(stays) {
        if let Some((number, _)) = number(name) {
            there.entry(number).or_default().push(name);
        }
    }
    let highest = ours.iter().chain(theirs).filter_map(|name| number(name)).max();
    let mut faults = Vec::new();
    for name in ours.iter().filter(|name| !base.contains(*name)) {
        let Some((number, _)) = number(name) else { continue };
        for other in there.get(&number).into_iter().flatten().filter(|other| **other != name) {
            let (next, width) = highest.map_or((1, 4), |(last, width)| (last.saturating_add(1), width));
            faults.push(Fault {
                at: Span::line(format!("{folder}/{name}"), 1),
                kind: FaultKind::Number,
                message: format!("{branch} has {other}, with the number {number} too"),
                help: format!("the next free number is {next:0width$}"),
            });
        }
    }
    faults
}

//! Files of two states of a project to those that only have another name in the later one.
//!
//! As `git` does it: the same content first, then content that is the same by half and more. No file stands for two.

use std::collections::{BTreeMap, BTreeSet};

use super::{Artefact, Source, Sources};

/// The share of lines that two files have in common, in hundredths, from which on one is the other.
const ALIKE: usize = 50;
/// Pairs of files that are compared by their lines. A change that moves more than that moves them unchanged.
const MAX_PAIRS: usize = 100_000;
/// Letters of a line that says something: brackets are in every file.
const MIN_LETTERS: usize = 4;

/// The paths of `before` that have another name in `after`, with that name.
#[must_use]
pub fn renames(before: &Sources, after: &Sources) -> BTreeMap<String, String> {
    let only = |of: &Source, other: &Sources| other.get(&of.path).is_none() && !of.bytes.is_empty();
    let gone: Vec<&Source> = before.files.iter().filter(|of| only(of, after)).collect();
    let mut added: Vec<&Source> = after.files.iter().filter(|of| only(of, before)).collect();
    let mut found = BTreeMap::new();
    let mut open = Vec::new();
    for old in gone {
        // Of several with the same content, the one that kept its own name.
        let same = |new: &&Source| new.artefact == old.artefact && new.bytes == old.bytes;
        let place = added.iter().position(|new| same(new) && new.name() == old.name());
        match place.or_else(|| added.iter().position(same)) {
            Some(place) => {
                let new = added.remove(place);
                found.insert(old.path.to_string(), new.path.to_string());
            }
            None => open.push(old),
        }
    }
    if open.len().saturating_mul(added.len()) <= MAX_PAIRS {
        alike(&open, &added, &mut found);
    }
    found
}

/// Pairs what is left by the lines in common, the most alike first.
fn alike(gone: &[&Source], added: &[&Source], found: &mut BTreeMap<String, String>) {
    let count = |files: &[&Source]| files.iter().map(|of| lines(of)).collect::<Vec<_>>();
    let (old_lines, new_lines) = (count(gone), count(added));
    let mut pairs = Vec::new();
    for (old, a) in gone.iter().zip(&old_lines) {
        for (new, b) in added.iter().zip(&new_lines) {
            // A lock file is like any other.
            if old.artefact == new.artefact && old.artefact != Artefact::CargoLock {
                let share = common(a, b);
                if share >= ALIKE {
                    pairs.push((std::cmp::Reverse(share), old.name() != new.name(), &*old.path, &*new.path));
                }
            }
        }
    }
    pairs.sort_unstable();
    let mut taken = BTreeSet::new();
    for (_, _, old, new) in pairs {
        if !found.contains_key(old) && taken.insert(new) {
            found.insert(old.to_owned(), new.to_owned());
        }
    }
}

/// How often each line of a file stands in it, by hash.
fn lines(of: &Source) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for line in of.text().lines().map(str::trim).filter(|line| line.len() >= MIN_LETTERS) {
        let hash = blake3::hash(line.as_bytes());
        let short = hash.as_bytes().first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        *counts.entry(short).or_default() += 1;
    }
    counts
}

/// The share of lines that are in both, in hundredths.
fn common(a: &BTreeMap<u64, usize>, b: &BTreeMap<u64, usize>) -> usize {
    let all: usize = a.values().chain(b.values()).sum();
    let both: usize = a.iter().map(|(line, count)| b.get(line).copied().unwrap_or_default().min(*count)).sum();
    (both * 200).checked_div(all).unwrap_or(0)
}

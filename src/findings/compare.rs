//! Findings against those that are known, of a base or of a baseline: only what a change brings is new.
//!
//! A finding is the same when its rule and entity are. What merely moved has another entity, since functions and files are
//! parts of names: it is known again by its code, in a file that was renamed or in a function that kept its name. Each
//! known finding stands for one at most: a copy is new.

use std::collections::BTreeMap;

use super::Finding;
use crate::config::Severity;

/// A finding that was there before, without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The rule, by its id.
    pub rule: String,
    /// The entity, by its id.
    pub entity: String,
    /// Its identity.
    pub fingerprint: String,
    /// How bad it was.
    pub severity: Severity,
    /// Its file, under the name that it has now.
    pub file: Option<String>,
    /// What stands in its lines, as a hash.
    pub code: Option<String>,
}

/// What became of findings and of what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Findings that nothing known stands for, or that were milder: a change that turns a warning into an error brings
    /// something new.
    pub new: Vec<Finding>,
    /// Findings that are known, each with the place of the known one.
    pub known: Vec<(Finding, usize)>,
    /// Places of known findings that are there no more.
    pub gone: Vec<usize>,
}

impl Known {
    /// A finding of the base; its file goes by the name that it has now.
    #[must_use]
    pub fn of(finding: &Finding, renamed: &BTreeMap<String, String>) -> Self {
        let file = finding.span.as_ref().map(|span| span.file.to_string());
        Self {
            rule: finding.rule.clone(),
            entity: finding.entity.clone(),
            fingerprint: finding.fingerprint.clone(),
            severity: finding.severity,
            file: file.map(|file| renamed.get(&file).cloned().unwrap_or(file)),
            code: finding.code.clone(),
        }
    }
}

/// Compares findings with known ones.
#[must_use]
pub fn compare(current: &[Finding], known: &[Known]) -> Compared {
    let mut pairs = Pairs { current, known, of: vec![None; current.len()], taken: vec![false; known.len()] };
    // The surest way to know one again comes first. An entity that is counted among equals (`#2`) may be another one of
    // them when one is put before it: its code says which.
    pairs.by(
        |finding| Some((&*finding.rule, uncounted(&finding.entity), finding.code.as_deref()?)),
        |known| Some((&*known.rule, uncounted(&known.entity), known.code.as_deref()?)),
    );
    pairs.by(|finding| Some(&*finding.fingerprint), |known| Some(&*known.fingerprint));
    pairs.by(
        |finding| Some((&*finding.rule, uncounted(&finding.entity))),
        |known| Some((&*known.rule, uncounted(&known.entity))),
    );
    pairs.by(
        |finding| {
            Some((&*finding.rule, kind(&finding.entity), finding.code.as_deref()?, &*finding.span.as_ref()?.file))
        },
        |known| Some((&*known.rule, kind(&known.entity), known.code.as_deref()?, known.file.as_deref()?)),
    );
    pairs.by(
        |finding| Some((&*finding.rule, kind(&finding.entity), finding.code.as_deref()?, own_name(&finding.entity))),
        |known| Some((&*known.rule, kind(&known.entity), known.code.as_deref()?, own_name(&known.entity))),
    );
    let mut compared = Compared::default();
    for (finding, pair) in current.iter().zip(&pairs.of) {
        match pair {
            Some(place) if known[*place].severity >= finding.severity => {
                compared.known.push((finding.clone(), *place));
            }
            _ => compared.new.push(finding.clone()),
        }
    }
    compared.gone = (0..known.len()).filter(|place| !pairs.taken[*place]).collect();
    compared
}

/// The findings that another review of the same files did not have.
#[must_use]
pub fn new_findings(current: &[Finding], base: &[Finding]) -> Vec<Finding> {
    let known: Vec<Known> = base.iter().map(|finding| Known::of(finding, &BTreeMap::new())).collect();
    compare(current, &known).new
}

struct Pairs<'a> {
    current: &'a [Finding],
    known: &'a [Known],
    of: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl<'a> Pairs<'a> {
    /// Pairs what is left on both sides and has the same key, in order.
    fn by<K: Ord>(&mut self, of: impl Fn(&'a Finding) -> Option<K>, known: impl Fn(&'a Known) -> Option<K>) {
        let mut open: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for place in (0..self.known.len()).rev().filter(|place| !self.taken[*place]) {
            if let Some(key) = known(&self.known[place]) {
                open.entry(key).or_default().push(place);
            }
        }
        for (finding, pair) in self.current.iter().zip(&mut self.of).filter(|(_, pair)| pair.is_none()) {
            if let Some(place) = of(finding).and_then(|key| open.get_mut(&key)).and_then(Vec::pop) {
                *pair = Some(place);
                self.taken[place] = true;
            }
        }
    }
}

/// `effect:cart::api::add/spawn task#2` without its number among equals.
fn uncounted(entity: &str) -> &str {
    match entity.rsplit_once('#') {
        Some((name, count)) if !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => entity,
    }
}

/// `effect` of `effect:cart::api::add/spawn task`.
fn kind(entity: &str) -> &str {
    entity.split(':').next().unwrap_or_default()
}

/// What remains of an entity's name without the modules, folders and callers that it is in: `add/spawn task`.
fn own_name(entity: &str) -> &str {
    let name = uncounted(entity);
    let ends = [name.rsplit_once("::"), name.rsplit_once("->"), name.rsplit_once('/')];
    ends.into_iter().flatten().next().map_or(name, |(_, end)| end)
}

//! A baseline: findings that were there when somebody drew the line, and that pass from then on. Text in, entries out;
//! findings against entries; entries and findings back into the text, of which everything stays that a person wrote.
//!
//! An entry has no line number. It goes when its finding does: the file only ever gets shorter by itself.

mod edit;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;

use super::finding::{Notice, NoticeKind, Settled};
use super::{Finding, Known, compare};
use crate::config::yaml::{self, At};
use crate::config::{Problem, Severity};
use crate::rules::{Rule, find};
use crate::span::Span;

pub use edit::edited;

/// Name and version of the file's form.
pub const SCHEMA: &str = "loadpath.baseline/1";

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Document {
    /// Always `loadpath.baseline/1`.
    schema: At<String>,
    /// Findings that pass.
    findings: Vec<Entry>,
}

/// A finding that passes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The rule, by its id.
    pub rule: At<String>,
    /// The entity, by its id.
    pub entity: String,
    /// How bad it may be: a worse one does not pass.
    pub severity: Severity,
    /// Identity of the finding.
    pub fingerprint: String,
    /// The file that shows it.
    #[serde(default)]
    pub file: Option<String>,
    /// What stood in its lines, as a hash: it is known again by that when it moves.
    #[serde(default)]
    pub code: Option<String>,
    /// Why it stays for now; yours.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who answers for it; yours.
    #[serde(default)]
    pub owner: Option<String>,
}

/// A baseline as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    file: String,
    text: String,
    entries: Vec<Entry>,
    /// The lines of each entry in the text, from 0.
    lines: Vec<Range<usize>>,
}

/// What a baseline says about a review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Findings that pass, each with the place of its entry.
    pub passed: Vec<(Finding, usize)>,
    /// Entries whose finding is there no more, by place.
    pub stale: Vec<usize>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// The first thing that does not fit, with its place.
    pub fn read(file: &str, text: &str) -> Result<Self, Problem> {
        let document: Document = yaml::read(file, text)?;
        let empty = document.findings.is_empty() && document.schema.value.is_empty();
        if !empty && document.schema.value != SCHEMA {
            let message = format!("the schema is `{}`, expected `{SCHEMA}`", document.schema.value);
            return Err(Problem::new(document.schema.span(file), message, "write it anew: `loadpath baseline update`"));
        }
        let lines = edit::items(text);
        let apart = lines.len() == document.findings.len()
            && lines
                .iter()
                .zip(&document.findings)
                .all(|(lines, of)| (of.rule.line as usize).checked_sub(1).is_some_and(|line| lines.contains(&line)));
        if !apart {
            let message = "its entries are not written one below the other, a key a line";
            return Err(Problem::new(Span::line(file, 1), message, "write them as `loadpath baseline update` does"));
        }
        Ok(Self { file: file.to_owned(), text: text.to_owned(), entries: document.findings, lines })
    }

    /// The text that it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether a person wrote something at an entry: a reason, an owner, a comment. It is not taken away unasked.
    #[must_use]
    pub fn has_words(&self, place: usize) -> bool {
        let (Some(entry), Some(lines)) = (self.entries.get(place), self.lines.get(place)) else { return false };
        entry.reason.is_some() || entry.owner.is_some() || edit::has_comment(&self.text, lines)
    }

    /// Where an entry stands.
    fn at(&self, place: usize) -> Span {
        let line = self.lines.get(place).map_or(0, |lines| lines.start);
        Span::line(self.file.as_str(), u32::try_from(line + 1).unwrap_or(u32::MAX))
    }

    /// Takes the findings that pass out of a review. Stale entries are those of rules that judged this time, unless
    /// something about the entity is not decided, and those of rules that are no more.
    pub fn apply(&self, settled: &mut Settled, rules: &[Rule]) -> Applied {
        let known: Vec<Known> = self.entries.iter().map(|entry| known(entry, rules)).collect();
        let compared = compare(&settled.findings, &known);
        settled.findings = compared.new;
        settled.baselined = compared.known.iter().map(|(finding, _)| finding.clone()).collect();
        let open = |entry: &Known| {
            settled.unknown.iter().any(|unknown| unknown.rule == entry.rule && unknown.entity == entry.entity)
                || settled.suppressed.iter().any(|of| of.finding.fingerprint == entry.fingerprint)
        };
        let stale: Vec<usize> = compared.gone.into_iter().filter(|place| !open(&known[*place])).collect();
        Applied { passed: compared.known, stale }
    }

    /// A notice for each entry whose finding is there no more.
    #[must_use]
    pub fn notices(&self, stale: &[usize]) -> Vec<Notice> {
        let notice = |place: &usize| {
            let entry = self.entries.get(*place)?;
            Some(Notice {
                at: self.at(*place),
                kind: NoticeKind::Stale,
                message: format!("the baseline lets `{}` of {} pass, which is no more", entry.rule.value, entry.entity),
                help: "`loadpath baseline prune` takes it away".to_owned(),
            })
        };
        stale.iter().filter_map(notice).collect()
    }

    /// How many entries there are of each rule.
    #[must_use]
    pub fn by_rule(&self) -> BTreeMap<&str, Vec<&Entry>> {
        let mut by: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            by.entry(&entry.rule.value).or_default().push(entry);
        }
        by
    }
}

/// An entry as findings are compared with it; its rule goes by the name that it has now.
fn known(entry: &Entry, rules: &[Rule]) -> Known {
    Known {
        rule: find(rules, &entry.rule).map_or_else(|| entry.rule.value.clone(), |rule| rule.id.to_string()),
        entity: entry.entity.clone(),
        fingerprint: entry.fingerprint.clone(),
        severity: entry.severity,
        file: entry.file.clone(),
        code: entry.code.clone(),
    }
}

//! A judgement in; findings, unknowns, suppressed findings and notices out, in a fixed order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Finding, Related, Settled, Suppressed, Unknown};
use super::suppress::{Active, collect};
use crate::config::{Config, Date};
use crate::facts;
use crate::graph::schema::{Entities, EntityRef, HOLE, Missing};
use crate::rules::{Judgement, Outcome, Rule, Violation};
use crate::span::Span;

/// Lines of a finding that are looked at to know it again.
const MAX_CODE: u32 = 8;

/// What findings are made from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The rules that judged.
    pub rules: &'a [Rule],
    /// The entities that were judged.
    pub model: &'a dyn Entities,
    /// What the rules said.
    pub judgement: &'a Judgement,
    /// Suppressions in the project's files.
    pub inline: &'a [facts::Suppression],
    /// The settings, with suppressions of their own.
    pub config: &'a Config,
    /// Path of the settings file.
    pub config_file: &'a str,
    /// The environment that is judged.
    pub environment: Option<&'a str>,
    /// Today, for what expires.
    pub today: Date,
    /// The text of a file of the project; asked only for files with suppressions or findings.
    pub text: &'a dyn Fn(&str) -> Option<Arc<str>>,
}

/// Settles a judgement.
#[must_use]
pub fn settle(inputs: &Inputs<'_>) -> Settled {
    let (mut active, notices) = collect(inputs);
    let mut settled = Settled { notices, ..Settled::default() };
    let mut ordinals: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut texts = Texts { of: inputs.text, read: BTreeMap::new() };
    for verdict in &inputs.judgement.verdicts {
        let Some(rule) = inputs.rules.get(verdict.rule) else { continue };
        match &verdict.outcome {
            Outcome::Satisfied => {}
            Outcome::Unknown(missing) => {
                let entity = inputs.model.id(verdict.entity);
                open(&mut active, rule, &entity, &places(inputs.model, verdict.entity));
                settled.unknown.push(unknown(rule, entity, missing));
            }
            Outcome::Violated(violation) if violation.silenced_by.is_some() => {}
            Outcome::Violated(violation) => {
                let entity = inputs.model.id(verdict.entity);
                let ordinal = ordinals.entry((verdict.rule, entity.clone())).or_default();
                let mut finding = finding(rule, entity, *ordinal, violation);
                finding.code = shows(rule, &finding).and_then(|span| texts.code(span));
                *ordinal += 1;
                match accept(&mut active, &finding) {
                    Some(by) => settled.suppressed.push(Suppressed { finding, ..by }),
                    None => settled.findings.push(finding),
                }
            }
        }
    }
    let judged = |rule: &Rule| inputs.rules.iter().position(|other| other.id == rule.id);
    let stale = active.iter().filter(|suppression| {
        // A rule that did not judge this time says nothing about its suppressions.
        let asked = judged(suppression.rule).is_some_and(|rule| inputs.judgement.selected.contains_key(&rule));
        asked && !suppression.used
    });
    settled.notices.extend(stale.map(Active::stale));
    settled.findings.sort_by(by_place);
    settled.suppressed.sort_by(|a, b| by_place(&a.finding, &b.finding));
    settled.unknown.sort();
    settled.notices.sort();
    settled
}

fn by_place(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    (&a.span, &a.rule, &a.entity, &a.fingerprint).cmp(&(&b.span, &b.rule, &b.entity, &b.fingerprint))
}

fn places(model: &dyn Entities, entity: EntityRef) -> Vec<Span> {
    model.span(entity).into_iter().chain(model.spans(entity).into_iter().map(|(span, _)| span)).collect()
}

/// What is not decided may become a finding again: its suppression is not stale.
fn open(active: &mut [Active<'_>], rule: &Rule, entity: &str, spans: &[Span]) {
    for suppression in active.iter_mut().filter(|suppression| suppression.rule.id == rule.id) {
        suppression.used |= suppression.covers(entity, spans.iter());
    }
}

/// The suppression that accepts a finding: the first one; all that would are in use.
fn accept(active: &mut [Active<'_>], finding: &Finding) -> Option<Suppressed> {
    let mut by = None;
    for suppression in active.iter_mut().filter(|suppression| suppression.accepts(finding)) {
        suppression.used = true;
        by.get_or_insert_with(|| Suppressed {
            finding: finding.clone(),
            reason: suppression.reason.clone(),
            said_at: suppression.at.clone(),
            until: suppression.until.clone(),
            owner: suppression.owner.clone(),
        });
    }
    by
}

/// The lines that a finding is known again by: those of the entity, not of the text that states the rule.
fn shows<'a>(rule: &Rule, finding: &'a Finding) -> Option<&'a Span> {
    match &rule.stated {
        Some(_) => finding.related.first().map(|related| &related.span),
        None => finding.span.as_ref(),
    }
}

fn finding(rule: &Rule, entity: String, ordinal: usize, violation: &Violation) -> Finding {
    let related = violation.related.iter();
    Finding {
        rule: rule.id.to_string(),
        severity: violation.severity,
        precision: rule.precision,
        message: shown(&violation.message),
        span: violation.span.clone(),
        related: related.map(|(span, message)| Related { span: span.clone(), message: shown(message) }).collect(),
        fingerprint: fingerprint(rule, &entity, ordinal),
        owners: Vec::new(),
        code: None,
        formula: violation.formula.as_deref().map(shown),
        why: rule.why.clone(),
        fix: rule.fix.clone(),
        help: rule.stated.as_ref().map_or_else(|| format!("loadpath explain {}", rule.id), |of| of.help.clone()),
        knowledge: rule.knowledge.clone(),
        entity,
    }
}

/// A text for people: what is known only when it runs is an ellipsis.
fn shown(text: &str) -> String {
    text.replace(HOLE, "…")
}

/// Rule, entity and number among equals: lines may move and words may change. The rule goes by its first id, so that
/// a rename keeps what is known.
fn fingerprint(rule: &Rule, entity: &str, ordinal: usize) -> String {
    let id = rule.aliases.first().map_or(&*rule.id, String::as_str);
    let hash = blake3::hash(format!("{id}\n{entity}\n{ordinal}").as_bytes());
    hash.to_hex().chars().take(32).collect()
}

/// The files with findings, each asked for once.
struct Texts<'a> {
    of: &'a dyn Fn(&str) -> Option<Arc<str>>,
    read: BTreeMap<Arc<str>, Option<Arc<str>>>,
}

impl Texts<'_> {
    /// A hash of the words in the lines of a span; of a long one, in the first. Indentation does not count: what moves is
    /// often laid out anew.
    fn code(&mut self, span: &Span) -> Option<String> {
        let text = self.read.entry(span.file.clone()).or_insert_with(|| (self.of)(&span.file)).clone()?;
        let lines = (span.end_line.max(span.line) - span.line + 1).min(MAX_CODE);
        let lines = text.lines().skip(span.line.saturating_sub(1) as usize).take(lines as usize);
        let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        (!words.is_empty()).then(|| blake3::hash(words.join(" ").as_bytes()).to_hex().chars().take(16).collect())
    }
}

fn unknown(rule: &Rule, entity: String, missing: &[Missing]) -> Unknown {
    let mut supply: Vec<&str> =
        missing.iter().map(|missing| missing.supply.as_str()).filter(|supply| !supply.is_empty()).collect();
    supply.dedup();
    let mut what: Vec<String> = missing.iter().map(|missing| shown(&missing.what)).collect();
    what.dedup();
    Unknown { rule: rule.id.to_string(), entity, missing: what, supply: supply.join("; ") }
}

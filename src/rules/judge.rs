//! Rules and entities in, verdicts out: violated, satisfied or unknown, in a fixed order.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::condition::{Scope, Truth};
use super::rule::{Rule, find};
use super::settings::Settings;
use crate::config::Severity;
use crate::graph::schema::{Entities, EntityRef, Missing};
use crate::span::Span;

/// What a rule says of one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The rule, by its place among the rules that were given.
    pub rule: usize,
    /// The judged entity.
    pub entity: EntityRef,
    /// What it says.
    pub outcome: Outcome,
}

/// Violated, satisfied, or unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The entity violates the rule.
    Violated(Box<Violation>),
    /// It does not.
    Satisfied,
    /// It cannot be told without these inputs.
    Unknown(Vec<Missing>),
}

/// What is known of a violation.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, with names and figures.
    pub message: String,
    /// The entity that the finding points at.
    pub at: EntityRef,
    /// The place of that entity, or of the judged one.
    pub span: Option<Span>,
    /// Other places that prove it, each with what it shows.
    pub related: Vec<(Span, String)>,
    /// How the figures came about.
    pub formula: Option<String>,
    /// The rule, by its place, whose finding on the same cause speaks for this one.
    pub silenced_by: Option<usize>,
}

/// All verdicts: by rule, then by entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
    /// For each rule that judged, how many entities it selected for sure or perhaps. A rule with 0 judged nothing.
    pub selected: BTreeMap<usize, usize>,
}

/// Judges every selected entity by every rule that is on.
#[must_use]
pub fn judge(rules: &[Rule], model: &dyn Entities, settings: &Settings) -> Judgement {
    let by_rule: Vec<Option<Vec<Verdict>>> = rules
        .par_iter()
        .enumerate()
        .map(|(index, rule)| settings.of(rule).map(|severity| judge_rule(index, rule, severity, model, settings)))
        .collect();
    let mut judgement = Judgement::default();
    for (index, verdicts) in by_rule.into_iter().enumerate() {
        if let Some(verdicts) = verdicts {
            judgement.selected.insert(index, verdicts.len());
            judgement.verdicts.extend(verdicts);
        }
    }
    silence(rules, &mut judgement.verdicts);
    judgement
}

fn judge_rule(
    index: usize,
    rule: &Rule,
    severity: Option<Severity>,
    model: &dyn Entities,
    settings: &Settings,
) -> Vec<Verdict> {
    let params = settings.params_of(rule);
    model
        .all(rule.select)
        .into_par_iter()
        .filter_map(|entity| {
            let outcome = decide(rule, severity, Scope { model, entity, params: &params })?;
            Some(Verdict { rule: index, entity, outcome })
        })
        .collect()
}

/// `None` where the rule does not select the entity.
fn decide(rule: &Rule, severity: Option<Severity>, scope: Scope<'_>) -> Option<Outcome> {
    let (selected, mut missing) = match rule.filter.as_ref().map_or(Truth::True, |filter| filter.decide(scope)) {
        Truth::True => (true, Vec::new()),
        Truth::False => return None,
        Truth::Unknown(missing) => (false, missing),
    };
    let mut open = false;
    for level in &rule.levels {
        match level.violated.decide(scope) {
            Truth::False => {}
            Truth::True if selected => {
                let severity = severity.unwrap_or(level.severity);
                return Some(Outcome::Violated(Box::new(violation(rule, severity, level.violated.fields(), scope))));
            }
            Truth::True => open = true,
            Truth::Unknown(more) => {
                missing.extend(more);
                open = true;
            }
        }
    }
    if !open {
        // Whether it is selected does not matter then: it violates nothing.
        return Some(Outcome::Satisfied);
    }
    missing.sort();
    missing.dedup();
    Some(Outcome::Unknown(missing))
}

fn violation<'a>(
    rule: &Rule,
    severity: Severity,
    fields: impl Iterator<Item = &'a str>,
    scope: Scope<'_>,
) -> Violation {
    let Scope { model, entity, .. } = scope;
    let at = rule.at.as_ref().and_then(|at| at.entities(scope).first().copied()).unwrap_or(entity);
    let stated = rule.stated.as_ref().map(|stated| stated.at.clone());
    let span = stated.or_else(|| place(model, at)).or_else(|| place(model, entity));
    let message = rule.message.render(scope).unwrap_or_else(|| format!("{}: {}", rule.title, model.id(entity)));
    let formulas: BTreeSet<String> = fields.filter_map(|field| model.formula(entity, field)).collect();
    let formula = (!formulas.is_empty()).then(|| formulas.into_iter().collect::<Vec<_>>().join("\n"));
    let related = related(rule, at, span.as_ref(), scope);
    Violation { severity, message, at, span, related, formula, silenced_by: None }
}

fn place(model: &dyn Entities, entity: EntityRef) -> Option<Span> {
    model.span(entity).or_else(|| model.spans(entity).into_iter().next().map(|(span, _)| span))
}

/// All evidence of the entity that the finding points at and of the judged one, then the places of the entities that
/// the rule names; each place once, the primary one left out.
fn related(rule: &Rule, at: EntityRef, primary: Option<&Span>, scope: Scope<'_>) -> Vec<(Span, String)> {
    let Scope { model, entity, .. } = scope;
    let mut all = model.spans(at);
    if at != entity {
        all.extend(model.spans(entity));
    }
    for other in rule.related.iter().flat_map(|relation| relation.entities(scope)) {
        all.extend(place(model, other).map(|span| (span, model.id(other))));
    }
    let mut seen: BTreeSet<Span> = primary.cloned().into_iter().collect();
    all.retain(|(span, _)| seen.insert(span.clone()));
    all
}

/// A violation of a rule that yields falls silent where one of the rules that it yields to is violated by the same
/// entity, by the entity that it points at, or at the same place.
fn silence(rules: &[Rule], verdicts: &mut [Verdict]) {
    let mut entities: BTreeSet<(usize, EntityRef)> = BTreeSet::new();
    let mut spans: BTreeSet<(usize, Span)> = BTreeSet::new();
    for verdict in verdicts.iter() {
        if let Outcome::Violated(violation) = &verdict.outcome {
            entities.extend([(verdict.rule, verdict.entity), (verdict.rule, violation.at)]);
            spans.extend(violation.span.clone().map(|span| (verdict.rule, span)));
        }
    }
    let stronger: Vec<Vec<usize>> = rules
        .iter()
        .map(|rule| {
            let named = rule.yields_to.iter().filter_map(|name| find(rules, name));
            named.filter_map(|named| rules.iter().position(|rule| rule.id == named.id)).collect()
        })
        .collect();
    for verdict in verdicts {
        let Outcome::Violated(violation) = &mut verdict.outcome else { continue };
        violation.silenced_by = stronger.get(verdict.rule).into_iter().flatten().copied().find(|rule| {
            entities.contains(&(*rule, verdict.entity))
                || entities.contains(&(*rule, violation.at))
                || violation.span.clone().is_some_and(|span| spans.contains(&(*rule, span)))
        });
    }
}

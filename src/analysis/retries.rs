//! Retries: attempts and delays of each, how attempts multiply along a chain, and whether a schedule fits into the time
//! that the caller leaves.
//!
//! Attempts that cannot be read count once and are named: the product is a lower bound. Attempts without an end are
//! treated alike, for they have a rule of their own. Source: catalogue 1.2, `att`, `back`, `cost`.

use std::collections::BTreeSet;

use super::deadlines::{Figure, Limit, Reader};
use super::mesh;
use super::walk::{Call, CallId, Calls};
use crate::facts::rust::Step;
use crate::graph::model::{EdgeId, End, ServiceId};
use crate::span::Span;

/// Delays are added up for this many attempts at most.
const MAX_DELAYS: i64 = 10_000;
/// Attempts that cannot be read are named up to this many.
const MAX_OPEN: usize = 12;

/// One retry, as a service sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Attempts, the first included.
    pub attempts: Option<i64>,
    /// The most that the delays between them add up to.
    pub delays_ms: Option<i64>,
    /// What cannot be read.
    pub open: BTreeSet<String>,
    /// Whether it looks at the failure before it tries again.
    pub conditional: bool,
    /// Where.
    pub at: Span,
}

/// The schedule of a retry step.
#[must_use]
pub fn schedule(reader: Reader<'_>, service: ServiceId, step: &Step) -> Option<Schedule> {
    let Step::Retry { attempts, options, at, .. } = step else { return None };
    let mut open = BTreeSet::new();
    let mut number = |name: &str, value| match reader.figure(service, value) {
        Figure::Known(number) => Some(number),
        Figure::Absent => None,
        Figure::Unknown(why) => {
            open.insert(format!("{name}: {why}"));
            None
        }
    };
    let attempts = number("attempts", Some(attempts)).map(|attempts| attempts.max(1));
    let first = number("first delay", options.get("first_ms"));
    let factor = number("factor", options.get("factor"));
    let longest = number("longest delay", options.get("max_ms"));
    let jitter = number("jitter", options.get("jitter_factor")).unwrap_or(1);
    if attempts.is_none() && open.is_empty() {
        open.insert(format!("attempts without an end ({}:{})", at.file, at.line));
    }
    let delays_ms = match (attempts, first) {
        (Some(attempts), Some(first)) => {
            Some(delays(attempts, first, factor.unwrap_or(1), longest) * jitter.clamp(1, 2))
        }
        _ => None,
    };
    let conditional = options.contains_key("condition");
    Some(Schedule { attempts, delays_ms, open, conditional, at: at.clone() })
}

/// `attempts - 1` delays that grow by a factor up to the longest.
fn delays(attempts: i64, first: i64, factor: i64, longest: Option<i64>) -> i64 {
    let cap = |delay: i64| longest.map_or(delay, |longest| delay.min(longest)).clamp(0, i64::MAX / 4 / MAX_DELAYS);
    let (mut sum, mut delay) = (0_i64, cap(first));
    for _ in 1..attempts.min(MAX_DELAYS) {
        sum = sum.saturating_add(delay);
        delay = cap(delay.saturating_mul(factor.max(1)));
    }
    sum
}

/// What happens at the end of a chain when it fails: how often one request tries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amplification {
    /// The product of attempts along the chain where it is largest.
    pub least: i64,
    /// The factors above one: how many attempts, of what, and where.
    pub factors: Vec<(i64, String, Span)>,
    /// What cannot be read, anywhere below.
    pub open: BTreeSet<String>,
    /// Calls of that chain.
    pub chain: Vec<CallId>,
}

/// Of every entry point.
#[must_use]
pub fn amplifications(reader: Reader<'_>, calls: &Calls<'_>, mesh: &mesh::Attempts) -> Vec<Amplification> {
    let mut all = vec![Amplification { least: 1, ..Amplification::default() }; reader.graph.entries.len()];
    for entry in &calls.order {
        let mut best = Amplification { least: 1, ..Amplification::default() };
        let mut open = BTreeSet::new();
        for (id, call) in calls.waited(reader.graph, *entry) {
            let (own, unread) = factors(reader, call, mesh);
            open.extend(unread);
            let below = calls.onward(call).map(|callee| &all[callee]);
            if let Some(below) = below {
                open.extend(below.open.iter().cloned());
            }
            let below = Product::of(below);
            let whole = product(own, below, &mut open);
            if whole.least > best.least {
                let chain = calls.onward(call).map(|callee| all[callee].chain.clone()).unwrap_or_default();
                best.least = whole.least;
                best.factors = whole.factors;
                best.chain = [id].into_iter().chain(chain).collect();
            }
        }
        best.open = open.into_iter().take(MAX_OPEN).collect();
        all[*entry] = best;
    }
    all
}

/// One factor of the attempts on a call.
#[derive(Clone, Debug)]
struct Factor {
    attempts: i64,
    what: String,
    conditional: bool,
    at: Span,
}

/// Attempts that multiply.
#[derive(Clone, Debug)]
struct Product {
    least: i64,
    factors: Vec<(i64, String, Span)>,
}

impl Product {
    fn of(below: Option<&Amplification>) -> Self {
        below.map_or_else(
            || Self { least: 1, factors: Vec::new() },
            |below| Self { least: below.least, factors: below.factors.clone() },
        )
    }
}

/// Factors, the outermost first, around what is below. Whether a retry that looks at the failure tries again what an
/// inner one gave up on is not known: of the two, the one with more attempts counts.
fn product(own: Vec<Factor>, below: Product, open: &mut BTreeSet<String>) -> Product {
    own.into_iter().rev().fold(below, |inner, factor| {
        let Factor { attempts, what, conditional, at } = factor;
        if conditional && inner.least > 1 {
            open.insert(format!("whether the condition at {}:{} holds for what is given up below", at.file, at.line));
            return if attempts > inner.least {
                Product { least: attempts, factors: vec![(attempts, what, at)] }
            } else {
                inner
            };
        }
        let factors = [(attempts, what, at)].into_iter().chain(inner.factors).collect();
        Product { least: attempts.saturating_mul(inner.least), factors }
    })
}

/// Attempts on a call: the product of the retries around it, times those that a mesh makes of each.
pub(super) fn attempts(reader: Reader<'_>, call: &Call<'_>, mesh: &mesh::Attempts) -> (i64, BTreeSet<String>) {
    let (own, mut open) = factors(reader, call, mesh);
    let whole = product(own, Product::of(None), &mut open);
    (whole.least, open)
}

/// The retries around a call, the outermost first, then the mesh; and what cannot be read of them.
fn factors(reader: Reader<'_>, call: &Call<'_>, mesh: &mesh::Attempts) -> (Vec<Factor>, BTreeSet<String>) {
    let (mut factors, mut open) = (Vec::new(), BTreeSet::new());
    let entry = &reader.graph.entries[call.entry];
    let edge = &reader.graph.edges[call.edge];
    for schedule in call.around.iter().filter_map(|step| schedule(reader, entry.service, step)) {
        match schedule.attempts {
            Some(attempts) if attempts > 1 => {
                let from = &reader.graph.services[edge.from].name;
                let what = format!("{from} → {}", reader.graph.name_of(edge.to));
                factors.push(Factor { attempts, what, conditional: schedule.conditional, at: schedule.at });
            }
            Some(_) => {}
            None => open.extend(schedule.open),
        }
    }
    if let End::Service(to) = edge.to
        && let Some((attempts, at)) = mesh.get(&to).filter(|(attempts, _)| *attempts > 1)
    {
        let what = format!("the mesh to {}", reader.graph.services[to].name);
        factors.push(Factor { attempts: *attempts, what, conditional: false, at: at.clone() });
    }
    (factors, open)
}

/// A retry against the time that its entry point has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// Attempts, the first included.
    pub attempts: i64,
    /// What limits one of them.
    pub attempt: Limit,
    /// All attempts and the delays between them, in milliseconds: the known part.
    pub cost_ms: i64,
    /// The delays, in milliseconds.
    pub delays_ms: i64,
    /// What the entry point has.
    pub limit: Limit,
    /// What cannot be read.
    pub open: BTreeSet<String>,
    /// Where the retry is.
    pub at: Option<Span>,
}

/// The retried call of a dependency that exceeds the time of its entry point most; none where nothing is retried under
/// a limit.
#[must_use]
pub fn fit(reader: Reader<'_>, calls: &Calls<'_>, edge: EdgeId) -> Option<Fit> {
    let of = calls.of_edge.get(&edge).into_iter().flatten().map(|id| &calls.all[*id]);
    of.filter(|call| call.waited && is_answered(reader, call))
        .filter_map(|call| fit_of(reader, calls, call))
        .max_by_key(|fit| fit.cost_ms.saturating_sub(fit.limit.ms.unwrap_or(i64::MAX)))
}

fn is_answered(reader: Reader<'_>, call: &Call<'_>) -> bool {
    matches!(reader.graph.entries[call.entry].kind.as_str(), "rpc" | "endpoint")
}

fn fit_of(reader: Reader<'_>, calls: &Calls<'_>, call: &Call<'_>) -> Option<Fit> {
    let service = reader.graph.entries[call.entry].service;
    let schedules: Vec<Schedule> = call.around.iter().filter_map(|step| schedule(reader, service, step)).collect();
    let last = schedules.last()?;
    let limit = reader.inbound(calls, call.entry);
    if limit.ms.is_none() && limit.open.is_none() {
        return None;
    }
    let attempt = reader.attempt(call);
    let mut open: BTreeSet<String> = schedules.iter().flat_map(|schedule| schedule.open.clone()).collect();
    open.extend(attempt.open.iter().chain(&limit.open).cloned());
    let attempts = last.attempts.unwrap_or(1);
    let delays_ms = last.delays_ms.unwrap_or(0);
    let mut cost_ms = attempt.ms.unwrap_or(0).saturating_mul(attempts).saturating_add(delays_ms);
    let outer = reader.outer(call);
    open.extend(outer.open.iter().cloned());
    if let Some(outer) = outer.ms {
        cost_ms = cost_ms.min(outer);
    } else if outer.open.is_some() {
        cost_ms = 0;
    }
    Some(Fit { attempts, attempt, cost_ms, delays_ms, limit, open, at: Some(last.at.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(attempts: i64, conditional: bool) -> Factor {
        Factor { attempts, what: String::new(), conditional, at: Span::line("a.rs", 1) }
    }

    #[test]
    fn a_condition_around_other_retries_is_not_known_to_multiply() {
        let least = |own: Vec<Factor>| {
            let mut open = BTreeSet::new();
            let of = product(own, Product::of(None), &mut open);
            (of.least, of.factors.len(), open.len())
        };
        assert_eq!(least(vec![factor(3, false), factor(4, false)]), (12, 2, 0));
        assert_eq!(least(vec![factor(3, false), factor(4, true)]), (12, 2, 0));
        assert_eq!(least(vec![factor(3, true), factor(4, false)]), (4, 1, 1));
        assert_eq!(least(vec![factor(5, true), factor(4, true)]), (5, 1, 1));
    }
}

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
    Some(Schedule { attempts, delays_ms, open, at: at.clone() })
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
            let (own, factors, unread) = attempts(reader, call, mesh);
            open.extend(unread);
            let below = calls.onward(call).map(|callee| &all[callee]);
            if let Some(below) = below {
                open.extend(below.open.iter().cloned());
            }
            let least = own.saturating_mul(below.map_or(1, |below| below.least));
            if least > best.least {
                let below = below.cloned().unwrap_or_default();
                best.least = least;
                best.factors = factors.into_iter().chain(below.factors).collect();
                best.chain = [id].into_iter().chain(below.chain).collect();
            }
        }
        best.open = open.into_iter().take(MAX_OPEN).collect();
        all[*entry] = best;
    }
    all
}

/// Attempts on a call: the product of the retries around it, times those that a mesh makes of each.
pub(super) fn attempts(
    reader: Reader<'_>,
    call: &Call<'_>,
    mesh: &mesh::Attempts,
) -> (i64, Vec<(i64, String, Span)>, BTreeSet<String>) {
    let (mut product, mut factors, mut open) = (1_i64, Vec::new(), BTreeSet::new());
    let entry = &reader.graph.entries[call.entry];
    let edge = &reader.graph.edges[call.edge];
    for schedule in call.around.iter().filter_map(|step| schedule(reader, entry.service, step)) {
        match schedule.attempts {
            Some(attempts) if attempts > 1 => {
                product = product.saturating_mul(attempts);
                let from = &reader.graph.services[edge.from].name;
                factors.push((attempts, format!("{from} → {}", reader.graph.name_of(edge.to)), schedule.at));
            }
            Some(_) => {}
            None => open.extend(schedule.open),
        }
    }
    if let End::Service(to) = edge.to
        && let Some((attempts, at)) = mesh.get(&to).filter(|(attempts, _)| *attempts > 1)
    {
        product = product.saturating_mul(*attempts);
        factors.push((*attempts, format!("the mesh to {}", reader.graph.services[to].name), at.clone()));
    }
    (product, factors, open)
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

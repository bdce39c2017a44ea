//! What fails when something is down or slow: a scenario to the outcome of every entry point, with the way on which it is
//! reached and what holds it up.
//!
//! The work of an entry point is a tree of steps; its outcome is put together from theirs (`steps`), service by service
//! and from those that answer up to those that call. Where ways part, an outcome is a range: the best and the worst of them.
//! What cannot be decided widens the range and is named. Knows nothing of how often a way is taken.

mod hold;
mod level;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::walk::Call;
use crate::facts::rust::EffectId;
use crate::graph::model::{EdgeId, End, EntryId, ServiceId};
use crate::span::Span;

pub use level::{Level, Verdict};

/// What happens to the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// Services, datastores, topics and externals that do not answer.
    pub down: BTreeSet<End>,
    /// How much longer each answer of a thing takes, in milliseconds.
    pub latency_ms: BTreeMap<End, i64>,
}

/// What becomes of an entry point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The entry point.
    pub entry: EntryId,
    /// On the best of its ways.
    pub best: Level,
    /// On the worst of its ways.
    pub worst: Level,
    /// How much longer it takes at least, in milliseconds.
    pub least_ms: i64,
    /// How much longer it takes at most, in milliseconds.
    pub most_ms: i64,
    /// Calls that decide it, those that matter most first.
    pub causes: Vec<Cause>,
    /// What holds it up.
    pub holds: Vec<Hold>,
    /// What is missing to decide it.
    pub open: BTreeSet<String>,
}

impl Outcome {
    /// In one word.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.best, self.worst) {
            (best, worst) if best != worst && !self.open.is_empty() => Verdict::Unknown,
            (Level::Fails, _) => Verdict::Fails,
            (_, Level::Fails | Level::Degrades) => Verdict::Degrades,
            (_, Level::Slows) => Verdict::Slows,
            (_, Level::Works) => Verdict::Works,
        }
    }

    /// Whether some of its ways fail and others do not.
    #[must_use]
    pub fn parts(&self) -> bool {
        self.worst == Level::Fails && self.best < Level::Fails
    }
}

/// A call that an outcome comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The dependency.
    pub edge: EdgeId,
    /// What is called.
    pub effect: EffectId,
    /// What the entry point becomes because of it, at worst.
    pub level: Level,
    /// What happens to it.
    pub why: Why,
    /// What is lost with it.
    pub loss: Loss,
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The one that is called is down.
    Down,
    /// It takes so much longer, in milliseconds.
    Slow(i64),
    /// A limit ends it before it is answered.
    Cut {
        /// The limit, in milliseconds.
        limit_ms: i64,
        /// Where it is set.
        at: Option<Span>,
    },
    /// The entry point that answers has an outcome of its own.
    Below(EntryId),
    /// Who answers is not known.
    Open,
}

/// What is lost with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// What it would have told.
    Answer,
    /// What it would have told sooner than the one behind it: a cache.
    Cached,
    /// What it would have changed.
    Change,
}

/// What keeps an entry point from failing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which kind of thing.
    pub kind: HoldKind,
    /// The same in words.
    pub says: String,
    /// Where.
    pub at: Span,
}

/// Kinds of what keeps an entry point from failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldKind {
    /// Something else is tried.
    Fallback,
    /// It goes on with another value.
    Value,
    /// It goes on without.
    Without,
    /// A cache that does not answer is passed over.
    Miss,
    /// A cache answers what was read before.
    Cache,
    /// A task of its own does it: nobody waits.
    Apart,
    /// It waits in a queue or in a table that is sent later.
    Queue,
    /// The limit of the call is longer than it takes.
    Limit,
    /// The mesh stops calls that fail before they pile up.
    Breaker,
    /// `loadpath.yaml` says that the caller survives it.
    Declared,
}

impl HoldKind {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fallback => "fallback",
            Self::Value => "default",
            Self::Without => "goes on",
            Self::Miss => "passed over",
            Self::Cache => "cache",
            Self::Apart => "task",
            Self::Queue => "queue",
            Self::Limit => "limit",
            Self::Breaker => "breaker",
            Self::Declared => "declared",
        }
    }
}

/// What a scenario does to a system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// One for each entry point, in the graph's order.
    pub of_entry: Vec<Outcome>,
    /// Dependencies on what is concerned of which no call was seen: what becomes of their callers is not known.
    pub unseen: Vec<EdgeId>,
}

/// The outcome of every entry point.
#[must_use]
pub fn outcomes(model: &Model<'_>, scenario: &Scenario) -> Outcomes {
    let affected = affected(model, scenario);
    let mut of_entry: Vec<Outcome> =
        (0..model.graph.entries.len()).map(|entry| Outcome { entry, ..Outcome::default() }).collect();
    let mut work = steps::Work::new(model, scenario, &affected);
    // Tasks answer nobody, and what they call need not stand before them in the order.
    let is_task = |entry: &&EntryId| model.graph.entries[**entry].kind == "task";
    let order = &model.chains.calls.order;
    let (tasks, others): (Vec<&EntryId>, Vec<&EntryId>) = order.iter().partition(is_task);
    for entry in others.into_iter().chain(tasks) {
        let service = model.graph.entries[*entry].service;
        if scenario.down.contains(&End::Service(service)) {
            of_entry[*entry] = Outcome { entry: *entry, best: Level::Fails, worst: Level::Fails, ..Outcome::default() };
        } else if affected.contains(entry) {
            let sum = work.entry(*entry, &of_entry);
            of_entry[*entry] = hold::up(model, scenario, *entry, sum);
        }
    }
    let queued = hold::in_queues(model, scenario, &mut of_entry);
    let mut unseen = unseen(model, scenario);
    unseen.retain(|edge| !queued.contains(edge));
    Outcomes { of_entry, unseen }
}

/// One call of the way on which an entry point is reached.
#[derive(Clone, Copy, Debug)]
pub struct Pace<'o> {
    /// The entry point that calls.
    pub entry: EntryId,
    /// The call.
    pub cause: &'o Cause,
}

/// The way from an entry point down to what decides its outcome.
#[must_use]
pub fn way(outcomes: &Outcomes, entry: EntryId) -> Vec<Pace<'_>> {
    let mut way: Vec<Pace<'_>> = Vec::new();
    let mut next = Some(entry);
    while let Some(entry) = next {
        // A circle ends where it begins.
        if way.iter().any(|pace| pace.entry == entry) {
            break;
        }
        let Some(cause) = outcomes.of_entry.get(entry).and_then(|outcome| outcome.causes.first()) else { break };
        way.push(Pace { entry, cause });
        next = match cause.why {
            Why::Below(callee) => Some(callee),
            _ => None,
        };
    }
    way
}

/// Whether a scenario says something about a thing.
fn concerns(scenario: &Scenario, end: End) -> bool {
    scenario.down.contains(&end) || scenario.latency_ms.get(&end).is_some_and(|ms| *ms > 0)
}

/// Entry points that a scenario can reach: through their calls, and the calls of those that answer them. Where it is not
/// known which entry point answers, it may be any of the service.
fn affected(model: &Model<'_>, scenario: &Scenario) -> BTreeSet<EntryId> {
    let calls = &model.chains.calls;
    let mut open_calls: BTreeMap<ServiceId, Vec<&Call<'_>>> = BTreeMap::new();
    for call in calls.all.iter().filter(|call| call.callee.is_none()) {
        if let End::Service(to) = model.graph.edges[call.edge].to {
            open_calls.entry(to).or_default().push(call);
        }
    }
    let touched = calls.all.iter().filter(|call| concerns(scenario, model.graph.edges[call.edge].to));
    let own = (0..model.graph.entries.len())
        .filter(|entry| concerns(scenario, End::Service(model.graph.entries[*entry].service)));
    let mut work: Vec<EntryId> = touched.map(|call| call.entry).chain(own).collect();
    let mut found = BTreeSet::new();
    while let Some(entry) = work.pop() {
        if !found.insert(entry) {
            continue;
        }
        work.extend(calls.into_entry[entry].iter().map(|id| calls.all[*id].entry));
        let service = model.graph.entries[entry].service;
        work.extend(open_calls.remove(&service).into_iter().flatten().map(|call| call.entry));
    }
    found
}

/// Dependencies on what is concerned without a call that was seen.
fn unseen(model: &Model<'_>, scenario: &Scenario) -> Vec<EdgeId> {
    let edges = model.graph.edges.iter().enumerate();
    edges
        .filter(|(id, edge)| {
            concerns(scenario, edge.to)
                && !scenario.down.contains(&End::Service(edge.from))
                && edge.to != End::Service(edge.from)
                && !model.chains.calls.of_edge.contains_key(id)
        })
        .map(|(id, _)| id)
        .collect()
}

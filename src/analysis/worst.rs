//! `worst(h)` and `busy(h)`: how long the work behind an entry point can take, as a sum over its steps.
//!
//! One after another adds; together and exclusive branches take the largest; a time limit caps; a retry multiplies and
//! adds its delays. What has no limit, or none that can be read, is left out and named, so that the sum is a lower bound:
//! enough to prove that work outlasts a deadline, never to clear it. Source: catalogue 1.2.

use std::collections::{BTreeMap, BTreeSet};

use super::deadlines::{Figure, Reader};
use super::retries::{self, Schedule};
use crate::facts::rust::{ClientId, FunctionId, Step, What};
use crate::graph::model::{EntryId, ServiceId};
use crate::span::Span;

/// Functions that call each other are followed this far: deeper ones add nothing.
const MAX_DEPTH: usize = 48;
/// Terms that a sum keeps to show.
const MAX_TERMS: usize = 12;

/// How long something takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The known part, in milliseconds.
    pub ms: i64,
    /// The terms of it: what, how long, where.
    pub terms: Vec<(String, i64, Span)>,
    /// Whether something in it has no limit at all.
    pub endless: bool,
    /// What cannot be read.
    pub open: BTreeSet<String>,
}

impl Cost {
    fn term(what: String, ms: i64, at: &Span) -> Self {
        let ms = ms.max(0);
        let terms = if ms > 0 { vec![(what, ms, at.clone())] } else { Vec::new() };
        Self { ms, terms, ..Self::default() }
    }

    fn then(mut self, other: Self) -> Self {
        self.ms = self.ms.saturating_add(other.ms);
        self.terms.extend(other.terms);
        self.terms.truncate(MAX_TERMS);
        self.endless |= other.endless;
        self.open = named(self.open, other.open);
        self
    }

    fn or(self, other: Self) -> Self {
        let endless = self.endless || other.endless;
        let (larger, smaller) = if other.ms > self.ms { (other, self) } else { (self, other) };
        let open = named(larger.open, smaller.open);
        Self { endless, open, terms: larger.terms, ms: larger.ms }
    }

    /// The term that takes longest.
    #[must_use]
    pub fn dominating(&self) -> Option<&(String, i64, Span)> {
        self.terms.iter().max_by_key(|(_, ms, _)| *ms)
    }

    /// The sum with its terms and where each comes from.
    #[must_use]
    pub fn formula(&self) -> String {
        let terms: Vec<String> =
            self.terms.iter().map(|(what, ms, at)| format!("{what} {ms} ms ({}:{})", at.file, at.line)).collect();
        format!("{} = {} ms", if terms.is_empty() { "0".to_owned() } else { terms.join(" + ") }, self.ms)
    }
}

/// What cannot be read in either, as far as a report names it.
fn named(mut open: BTreeSet<String>, other: BTreeSet<String>) -> BTreeSet<String> {
    open.extend(other);
    while open.len() > MAX_TERMS {
        open.pop_last();
    }
    open
}

/// How long entry points can hold their callers: `min(worst, T_in)`.
#[must_use]
pub fn busy(reader: Reader<'_>) -> Vec<Cost> {
    let mut work = Work { reader, service: 0, known: BTreeMap::new(), open: BTreeSet::new() };
    (0..reader.graph.entries.len())
        .map(|entry| {
            let of = &reader.graph.entries[entry];
            work.service = of.service;
            let cost = work.function(of.function);
            capped(reader, entry, cost)
        })
        .collect()
}

fn capped(reader: Reader<'_>, entry: EntryId, cost: Cost) -> Cost {
    let limit = reader.within(entry);
    let mut cost = match (limit.ms, &limit.at) {
        // Work without a limit of its own has a rule of its own: it does not make the server's limit the term.
        (Some(ms), Some(at)) if cost.ms >= ms => Cost::term("server timeout".to_owned(), ms, at),
        _ => cost,
    };
    if let Some(open) = limit.open {
        cost = Cost { open: BTreeSet::from([open]), ..Cost::default() };
    }
    cost
}

/// Work that is cut off after a time.
fn cap(cost: Cost, ms: i64, what: &str, at: &Span) -> Cost {
    if cost.ms >= ms || cost.endless { Cost::term(what.to_owned(), ms, at) } else { cost }
}

struct Work<'a> {
    reader: Reader<'a>,
    service: ServiceId,
    known: BTreeMap<(ServiceId, FunctionId), Cost>,
    open: BTreeSet<FunctionId>,
}

impl Work<'_> {
    fn function(&mut self, function: FunctionId) -> Cost {
        if let Some(known) = self.known.get(&(self.service, function)) {
            return known.clone();
        }
        if self.open.len() >= MAX_DEPTH || !self.open.insert(function) {
            return Cost::default();
        }
        let facts = self.reader.facts;
        let cost = self.steps(&facts.rust.functions[function].steps, false);
        self.open.remove(&function);
        self.known.insert((self.service, function), cost.clone());
        cost
    }

    /// `held`: a connection is checked out already, so that a statement does not wait for one.
    fn steps(&mut self, steps: &[Step], held: bool) -> Cost {
        steps.iter().fold(Cost::default(), |cost, step| cost.then(self.step(step, held)))
    }

    fn step(&mut self, step: &Step, held: bool) -> Cost {
        match step {
            Step::Effect { effect, .. } => self.effect(*effect, held),
            Step::Call { functions, .. } => {
                functions.iter().map(|function| self.function(*function)).fold(Cost::default(), Cost::or)
            }
            // The first that is ready ends a `select!`: the shortest is what it takes at least.
            Step::Together { branches, kind, .. } if kind == "select" => {
                let costs: Vec<Cost> = branches.iter().map(|steps| self.steps(steps, held)).collect();
                costs.into_iter().min_by_key(|cost| cost.ms).unwrap_or_default()
            }
            Step::Together { branches, .. } => {
                branches.iter().map(|steps| self.steps(steps, held)).fold(Cost::default(), Cost::or)
            }
            Step::Choice { branches } => {
                branches.iter().map(|branch| self.steps(&branch.steps, held)).fold(Cost::default(), Cost::or)
            }
            // How often is not known: once, at least.
            Step::Loop { steps, .. } | Step::Lock { steps, .. } | Step::Permit { steps, .. } => self.steps(steps, held),
            Step::Spawn { kind, handle, steps, .. } => {
                if kind == "blocking" || handle == "awaited" {
                    self.steps(steps, held)
                } else {
                    Cost::default()
                }
            }
            Step::Timeout { limit, steps, at } => {
                let inner = self.steps(steps, held);
                match self.reader.figure(self.service, Some(limit)) {
                    Figure::Known(ms) => cap(inner, ms, "time limit", at),
                    Figure::Absent => inner,
                    Figure::Unknown(why) => Cost { open: BTreeSet::from([why]), ..Cost::default() },
                }
            }
            Step::Retry { steps, at, .. } => {
                let inner = self.steps(steps, held);
                let Some(schedule) = retries::schedule(self.reader, self.service, step) else { return inner };
                retried(inner, &schedule, at)
            }
            Step::Transaction { clients, steps, at } | Step::Held { clients, steps, at } => {
                let wait = if held { Cost::default() } else { self.wait(clients, at) };
                wait.then(self.steps(steps, true))
            }
        }
    }

    fn effect(&mut self, effect: usize, held: bool) -> Cost {
        let facts = self.reader.facts;
        let of = &facts.rust.effects[effect];
        match &of.what {
            What::Grpc { .. } | What::Http { .. } => {
                let limit = self.reader.of_effect(self.service, effect);
                let name = super::held::remote_call(of).unwrap_or_default();
                let mut cost = limit.ms.map(|ms| Cost::term(name, ms, &of.at)).unwrap_or_default();
                if let Some(open) = limit.open {
                    cost = Cost { open: BTreeSet::from([open]), ..Cost::default() };
                } else if limit.ms.is_none() {
                    cost.endless = true;
                }
                cost
            }
            What::Sql { .. } => {
                let wait = if held { Cost::default() } else { self.wait(&of.clients, &of.at) };
                wait.then(self.set(&of.clients, "statement_timeout_ms", "statement limit", &of.at))
            }
            What::Sleep { duration } => match self.reader.figure(self.service, Some(duration)) {
                Figure::Known(ms) => Cost::term("sleep".to_owned(), ms, &of.at),
                Figure::Absent => Cost::default(),
                Figure::Unknown(why) => Cost { open: BTreeSet::from([why]), ..Cost::default() },
            },
            _ => Cost::default(),
        }
    }

    fn wait(&mut self, clients: &[ClientId], at: &Span) -> Cost {
        self.set(clients, "acquire_timeout_ms", "wait for a connection", at)
    }

    /// A limit that a pool's options set: the smallest, where several pools may stand behind it. One that is not set is
    /// left out: the defaults of pools have a rule of their own.
    fn set(&mut self, clients: &[ClientId], option: &str, what: &str, at: &Span) -> Cost {
        let facts = self.reader.facts;
        let mut least: Option<Cost> = None;
        for client in clients.iter().map(|id| &facts.rust.clients[*id]) {
            let cost = match self.reader.figure(self.service, client.options.get(option)) {
                Figure::Known(ms) => Cost::term(what.to_owned(), ms, client.options_at.get(option).unwrap_or(at)),
                Figure::Absent => Cost { endless: true, ..Cost::default() },
                Figure::Unknown(why) => Cost { open: BTreeSet::from([why]), ..Cost::default() },
            };
            least = Some(match least {
                Some(least) if least.ms <= cost.ms => least,
                _ => cost,
            });
        }
        least.unwrap_or_default()
    }
}

fn retried(inner: Cost, schedule: &Schedule, at: &Span) -> Cost {
    let attempts = schedule.attempts.unwrap_or(1).max(1);
    let delays = schedule.delays_ms.unwrap_or(0);
    let mut cost = Cost {
        ms: inner.ms.saturating_mul(attempts),
        terms: inner
            .terms
            .into_iter()
            .map(|(what, ms, at)| {
                let what = if attempts > 1 { format!("{attempts} × {what}") } else { what };
                (what, ms.saturating_mul(attempts), at)
            })
            .collect(),
        ..inner
    };
    cost.open.extend(schedule.open.iter().cloned());
    cost.then(Cost::term("delays between attempts".to_owned(), delays, at))
}

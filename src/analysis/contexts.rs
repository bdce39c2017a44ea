//! In which part of a service's life each effect and step runs, and on which kind of thread.
//!
//! A walk from `main`: what `main` does before it listens is start-up, what stands behind an entry point, a consumer's
//! loop or a spawned task is serving, what follows the last listener is the end. A thread of the async runtime is one that an
//! `async fn` runs on; `spawn_blocking` and threads of their own are none. Source of the rule: the tokio documentation,
//! "CPU-bound tasks and blocking code".

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Facts;
use crate::facts::rust::{EffectId, FunctionId, Step, What};
use crate::graph::Graph;
use crate::graph::model::{EntryId, ServiceId};
use crate::span::Span;

/// A part of a service's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before it listens.
    Startup,
    /// While it answers and consumes.
    Serving,
    /// After its listener has ended.
    End,
}

/// Where something runs, over all services that reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Services that reach it.
    pub services: BTreeSet<ServiceId>,
    /// Whether it runs at start-up.
    pub startup: bool,
    /// Whether it runs while the service serves.
    pub serving: bool,
    /// Whether it runs while the service serves, on a thread of the async runtime.
    pub on_runtime: bool,
    /// Whether it runs in a task that looks for work again and again: one pass of its loop is a unit of work.
    pub polled: bool,
    /// Whether it runs elsewhere too while the service serves.
    pub asked: bool,
    /// The first entry point that reaches it.
    pub entry: Option<EntryId>,
}

/// Contexts of all effects and of the steps that hold or start something.
#[derive(Debug, Default)]
pub struct Contexts {
    /// By effect.
    pub effects: BTreeMap<EffectId, Context>,
    /// By the function and place of a spawn, lock, transaction, checkout, loop or retry.
    pub steps: BTreeMap<(FunctionId, Span), Context>,
}

/// Where something runs, on one way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    phase: Phase,
    runtime: bool,
    polled: bool,
    /// Whether another listener follows: then the ones before it were started, and nobody waits for their end.
    listens_later: bool,
    entry: Option<EntryId>,
}

impl Contexts {
    /// Walks all services of the graph.
    #[must_use]
    pub fn new(facts: &Facts, graph: &Graph) -> Self {
        let mut contexts = Self::default();
        let listening = listening(facts);
        for (service, of) in graph.services.iter().enumerate() {
            let Some(binary) = of.binary else { continue };
            let mut walk = Walk {
                facts,
                graph,
                service,
                binary,
                listening: &listening,
                contexts: &mut contexts,
                seen: BTreeSet::new(),
                work: Vec::new(),
            };
            walk.run();
        }
        contexts
    }
}

/// Functions that listen, themselves or through what they call: behind them, their caller is at its end.
fn listening(facts: &Facts) -> BTreeSet<FunctionId> {
    let functions = &facts.rust.functions;
    let mut callers: BTreeMap<FunctionId, Vec<FunctionId>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for (id, function) in functions.iter().enumerate() {
        let mut direct = false;
        visit(&function.steps, &mut |step| match step {
            Step::Effect { effect, .. } => {
                direct |= matches!(facts.rust.effects[*effect].what, What::Listen { .. });
            }
            Step::Call { functions, .. } => {
                for callee in functions {
                    callers.entry(*callee).or_default().push(id);
                }
            }
            _ => {}
        });
        if direct {
            found.insert(id);
        }
    }
    let mut work: Vec<FunctionId> = found.iter().copied().collect();
    while let Some(id) = work.pop() {
        for caller in callers.get(&id).into_iter().flatten() {
            if found.insert(*caller) {
                work.push(*caller);
            }
        }
    }
    found
}

/// Every step of the function's own flow: tasks of their own are left out.
fn visit<'s>(steps: &'s [Step], see: &mut impl FnMut(&'s Step)) {
    for step in steps {
        see(step);
        match step {
            Step::Together { branches, .. } => branches.iter().for_each(|steps| visit(steps, see)),
            Step::Choice { branches } => branches.iter().for_each(|branch| visit(&branch.steps, see)),
            Step::Loop { steps, .. }
            | Step::Timeout { steps, .. }
            | Step::Retry { steps, .. }
            | Step::Transaction { steps, .. }
            | Step::Lock { steps, .. }
            | Step::Permit { steps, .. }
            | Step::Held { steps, .. } => visit(steps, see),
            Step::Effect { .. } | Step::Call { .. } | Step::Spawn { .. } => {}
        }
    }
}

struct Walk<'w, 'a> {
    facts: &'a Facts,
    graph: &'a Graph,
    service: ServiceId,
    binary: usize,
    listening: &'w BTreeSet<FunctionId>,
    contexts: &'w mut Contexts,
    seen: BTreeSet<(FunctionId, Phase, bool, bool, bool)>,
    work: Vec<(FunctionId, State)>,
}

impl Walk<'_, '_> {
    fn run(&mut self) {
        let facts = self.facts;
        let main = facts.rust.binaries[self.binary].main;
        let begin = State { phase: Phase::Startup, runtime: false, polled: false, listens_later: false, entry: None };
        self.work.push((main, begin));
        while let Some((function, mut state)) = self.work.pop() {
            let of = &facts.rust.functions[function];
            state.runtime |= of.is_async;
            if self.seen.insert((function, state.phase, state.runtime, state.polled, state.listens_later)) {
                self.steps(&of.steps, function, &mut state);
            }
        }
    }

    fn steps(&mut self, steps: &[Step], function: FunctionId, state: &mut State) {
        let listens_later = state.listens_later;
        let last = steps.iter().rposition(|step| self.listens(step));
        for (index, step) in steps.iter().enumerate() {
            state.listens_later = listens_later || last.is_some_and(|last| index < last);
            self.step(step, function, state);
        }
        state.listens_later = listens_later;
    }

    /// Whether a step listens, itself or through what it calls.
    fn listens(&self, step: &Step) -> bool {
        let mut found = false;
        visit(std::slice::from_ref(step), &mut |step| match step {
            Step::Effect { effect, .. } => {
                found |= matches!(self.facts.rust.effects[*effect].what, What::Listen { .. });
            }
            Step::Call { functions, .. } => found |= functions.iter().any(|callee| self.listening.contains(callee)),
            _ => {}
        });
        found
    }

    fn step(&mut self, step: &Step, function: FunctionId, state: &mut State) {
        match step {
            Step::Effect { effect, .. } => self.effect(*effect, state),
            Step::Call { functions, .. } => {
                self.work.extend(functions.iter().map(|callee| (*callee, *state)));
                if functions.iter().any(|callee| self.listening.contains(callee)) {
                    ended(state);
                }
            }
            Step::Together { branches, .. } => {
                let mut after = *state;
                for steps in branches {
                    let mut inner = *state;
                    self.steps(steps, function, &mut inner);
                    after.phase = after.phase.max(inner.phase);
                }
                *state = after;
            }
            Step::Choice { branches } => {
                let mut after = *state;
                for branch in branches {
                    let mut inner = *state;
                    self.steps(&branch.steps, function, &mut inner);
                    after.phase = after.phase.max(inner.phase);
                }
                *state = after;
            }
            Step::Loop { over, steps, at, .. } => {
                let mut inner = *state;
                let receives = self.receives(steps);
                let is_task = inner.entry.is_some_and(|entry| self.graph.entries[entry].kind == "task");
                inner.polled |= is_task && !receives && matches!(over.as_str(), "forever" | "condition");
                if inner.phase == Phase::Startup && receives {
                    inner.phase = Phase::Serving;
                    inner.entry = inner.entry.or_else(|| self.entry("consumer", function));
                }
                self.reach_step(function, at, &inner);
                self.steps(steps, function, &mut inner);
            }
            Step::Spawn { kind, steps, at, .. } => {
                self.reach_step(function, at, state);
                let mut inner = *state;
                match kind.as_str() {
                    "blocking" => inner.runtime = false,
                    "thread" => inner = State { phase: Phase::Serving, runtime: false, ..inner },
                    _ => inner = State { phase: Phase::Serving, runtime: true, ..inner },
                }
                if inner.entry.is_none() && kind != "blocking" {
                    let callee = steps.iter().find_map(|step| match step {
                        Step::Call { functions, .. } => functions.first().copied(),
                        _ => None,
                    });
                    inner.entry = self.entry("task", callee.unwrap_or(function));
                }
                self.steps(steps, function, &mut inner);
            }
            Step::Timeout { steps, .. } | Step::Permit { steps, .. } => self.steps(steps, function, state),
            Step::Retry { steps, at, .. }
            | Step::Lock { steps, at, .. }
            | Step::Transaction { steps, at, .. }
            | Step::Held { steps, at, .. } => {
                self.reach_step(function, at, state);
                self.steps(steps, function, state);
            }
        }
    }

    fn effect(&mut self, effect: EffectId, state: &mut State) {
        if !self.graph.services[self.service].effects.contains(&effect) {
            return;
        }
        let facts = self.facts;
        let of = &facts.rust.effects[effect];
        let runtime = state.runtime;
        record(self.contexts.effects.entry(effect).or_default(), self.service, *state, runtime);
        match &of.what {
            What::Serve { .. } => {
                let entries = &facts.rust.binaries[self.binary].entry_points;
                for entry in entries.iter().filter(|entry| entry.registered_by == Some(effect)) {
                    let id = self.entry(&entry.kind, entry.function);
                    self.work.push((entry.function, asked(id)));
                }
            }
            What::Route { handler: Some(handler), .. } => {
                let entry = self.entry("endpoint", *handler);
                self.work.push((*handler, asked(entry)));
            }
            What::Listen { .. } => ended(state),
            _ => {}
        }
    }

    fn reach_step(&mut self, function: FunctionId, at: &Span, state: &State) {
        let context = self.contexts.steps.entry((function, at.clone())).or_default();
        record(context, self.service, *state, state.runtime);
    }

    /// Whether a loop takes messages: it is a consumer's.
    fn receives(&self, steps: &[Step]) -> bool {
        let mut found = false;
        visit(steps, &mut |step| {
            if let Step::Effect { effect, .. } = step {
                found |=
                    matches!(self.facts.rust.effects[*effect].what, What::Receive { .. } | What::Acknowledge { .. });
            }
        });
        found
    }

    fn entry(&self, kind: &str, function: FunctionId) -> Option<EntryId> {
        let entries = &self.graph.services[self.service].entries;
        entries.iter().copied().find(|id| {
            let entry = &self.graph.entries[*id];
            entry.kind == kind && entry.function == function
        })
    }
}

/// Where an entry point begins.
fn asked(entry: Option<EntryId>) -> State {
    State { phase: Phase::Serving, runtime: true, polled: false, listens_later: false, entry }
}

/// What follows the last listener in start-up code runs when the listener has ended.
fn ended(state: &mut State) {
    if state.phase == Phase::Startup && !state.listens_later {
        state.phase = Phase::End;
    }
}

fn record(context: &mut Context, service: ServiceId, state: State, runtime: bool) {
    context.services.insert(service);
    context.startup |= state.phase == Phase::Startup;
    if state.phase == Phase::Serving {
        context.serving = true;
        context.on_runtime |= runtime;
        context.polled |= state.polled;
        context.asked |= !state.polled;
        context.entry = match (context.entry, state.entry) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

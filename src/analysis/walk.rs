//! The calls below every entry point: entry → steps → effect → edge → the entry point that answers, with what stands
//! around each call on the way: loops, retries, time limits, calls made together, failures that end on the way.
//!
//! Each function is walked once per entry point and surroundings, so that the whole is near-linear; what a chain of
//! several services amounts to is put together by those who read it, over [`Calls::order`]. Knows no limit's value.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};

use super::answers::Answers;
use crate::config::Config;
use crate::facts::Facts;
use crate::facts::rust::{EffectId, Failure, FunctionId, Step};
use crate::graph::Graph;
use crate::graph::model::{EdgeId, End, EntryId, ServiceId};

/// Functions that are walked below one entry point, at most.
const MAX_VISITS: usize = 20_000;
/// Surroundings that are kept inside each other, at most; inner ones beyond are taken as not there.
const MAX_AROUND: usize = 24;

/// Index of a [`Call`].
pub type CallId = usize;

/// One call of another service, store or external, on one way from an entry point.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The entry point that it serves.
    pub entry: EntryId,
    /// The dependency.
    pub edge: EdgeId,
    /// What is called.
    pub effect: EffectId,
    /// The entry point that answers, if it is one of the project.
    pub callee: Option<EntryId>,
    /// Whether its failure reaches the entry point.
    pub hard: bool,
    /// Whether the entry point waits for it: tasks of their own do not count.
    pub waited: bool,
    /// Whether something else is tried when it fails.
    pub falls_back: bool,
    /// The loops, retries, time limits and groups around it, the outermost first.
    pub around: Vec<&'a Step>,
    /// Functions that call each other on one way to it, the entry point's own first.
    pub through: Vec<FunctionId>,
}

/// All calls, and the order in which chains are put together.
#[derive(Debug, Default)]
pub struct Calls<'a> {
    /// The calls, by entry point.
    pub all: Vec<Call<'a>>,
    /// Calls of each entry point.
    pub of_entry: Vec<Vec<CallId>>,
    /// Calls that each entry point answers.
    pub into_entry: Vec<Vec<CallId>>,
    /// Calls of each edge.
    pub of_edge: BTreeMap<EdgeId, Vec<CallId>>,
    /// Entry points, those that answer before those that call.
    pub order: Vec<EntryId>,
    /// Entry points that call each other in a circle have the same number.
    pub circle: Vec<usize>,
}

impl<'a> Calls<'a> {
    /// Walks all entry points of the graph.
    #[must_use]
    pub fn new(facts: &'a Facts, graph: &Graph, config: &Config) -> Self {
        let mut calls = Self {
            of_entry: vec![Vec::new(); graph.entries.len()],
            into_entry: vec![Vec::new(); graph.entries.len()],
            ..Self::default()
        };
        let edges = edges_by_effect(graph);
        let answers = Answers::new(graph);
        for entry in 0..graph.entries.len() {
            let mut walk = Walk::new(facts, graph, entry);
            walk.run();
            for found in std::mem::take(&mut walk.found) {
                let service = graph.entries[entry].service;
                let effect = &facts.rust.effects[found.effect];
                for edge in edges.get(&(service, found.effect)).into_iter().flatten() {
                    let callee = match graph.edges[*edge].to {
                        End::Service(to) => answers.find(facts, graph, config, service, to, effect),
                        End::Node(_) => None,
                    };
                    calls.add(Call {
                        entry,
                        edge: *edge,
                        effect: found.effect,
                        callee,
                        hard: found.state.hard,
                        waited: found.state.waited,
                        falls_back: found.falls_back,
                        around: walk.around(found.state.around),
                        through: walk.through(found.visit),
                    });
                }
            }
        }
        calls.leave_to_tasks(graph);
        calls.arrange(graph.entries.len());
        calls
    }

    /// What a request sets off in a task and does not wait for is waited for by nobody, seen from the task as well.
    fn leave_to_tasks(&mut self, graph: &Graph) {
        let is_task = |call: &Call<'_>| graph.entries[call.entry].kind == "task";
        let of = |call: &Call<'_>| (graph.entries[call.entry].service, call.effect);
        let set_off: BTreeSet<(usize, EffectId)> =
            self.all.iter().filter(|call| !is_task(call) && !call.waited).map(of).collect();
        for call in &mut self.all {
            if is_task(call) && set_off.contains(&of(call)) {
                call.waited = false;
            }
        }
    }

    fn add(&mut self, call: Call<'a>) {
        let id = self.all.len();
        self.of_entry[call.entry].push(id);
        if let Some(callee) = call.callee {
            self.into_entry[callee].push(id);
        }
        self.of_edge.entry(call.edge).or_default().push(id);
        self.all.push(call);
    }

    /// Circles, and the order of the rest. (Kosaraju's algorithm: petgraph's other one recurses.)
    fn arrange(&mut self, entries: usize) {
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        let nodes: Vec<NodeIndex> = (0..entries).map(|_| graph.add_node(())).collect();
        for call in self.all.iter().filter(|call| call.waited) {
            if let Some(callee) = call.callee {
                graph.update_edge(nodes[call.entry], nodes[callee], ());
            }
        }
        self.circle = vec![0; entries];
        for (number, circle) in petgraph::algo::kosaraju_scc(&graph).into_iter().enumerate() {
            let mut members: Vec<EntryId> = circle.into_iter().map(NodeIndex::index).collect();
            members.sort_unstable();
            for member in members {
                self.circle[member] = number;
                self.order.push(member);
            }
        }
    }

    /// Calls of an entry point for which it waits, over dependencies that answer.
    pub fn waited<'c>(&'c self, graph: &'c Graph, entry: EntryId) -> impl Iterator<Item = (CallId, &'c Call<'a>)> {
        let calls = self.of_entry[entry].iter().map(|id| (*id, &self.all[*id]));
        calls.filter(|(_, call)| call.waited && graph.edges[call.edge].is_sync())
    }

    /// The entry point that goes on with a call: none where the chain comes back to where it was.
    #[must_use]
    pub fn onward(&self, call: &Call<'_>) -> Option<EntryId> {
        call.callee.filter(|callee| self.circle[*callee] != self.circle[call.entry])
    }
}

/// The dependencies that each effect of each service makes.
pub(super) fn edges_by_effect(graph: &Graph) -> BTreeMap<(ServiceId, EffectId), Vec<EdgeId>> {
    let mut all: BTreeMap<(ServiceId, EffectId), Vec<EdgeId>> = BTreeMap::new();
    for (id, edge) in graph.edges.iter().enumerate() {
        let mut effects = edge.effects.clone();
        effects.sort_unstable();
        effects.dedup();
        for effect in effects {
            all.entry((edge.from, effect)).or_default().push(id);
        }
    }
    all
}

/// How something is reached on one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// The innermost surrounding; 0 is none.
    around: usize,
    hard: bool,
    waited: bool,
}

struct Found {
    effect: EffectId,
    state: State,
    falls_back: bool,
    visit: usize,
}

struct Walk<'w, 'a> {
    facts: &'a Facts,
    graph: &'w Graph,
    entry: EntryId,
    /// Surroundings: the one further out, how many there are, and the step. The first is none.
    surroundings: Vec<(usize, usize, Option<&'a Step>)>,
    /// Which surrounding a step makes inside another: by its address, which only tells equal from unequal.
    inside: BTreeMap<(usize, usize), usize>,
    /// Functions as they were come upon: the visit that called it, and the function.
    visits: Vec<(Option<usize>, FunctionId)>,
    seen: BTreeSet<(FunctionId, State)>,
    work: Vec<(usize, State)>,
    found: Vec<Found>,
    noted: BTreeSet<(EffectId, State)>,
}

impl<'w, 'a> Walk<'w, 'a> {
    fn new(facts: &'a Facts, graph: &'w Graph, entry: EntryId) -> Self {
        Self {
            facts,
            graph,
            entry,
            surroundings: vec![(0, 0, None)],
            inside: BTreeMap::new(),
            visits: Vec::new(),
            seen: BTreeSet::new(),
            work: Vec::new(),
            found: Vec::new(),
            noted: BTreeSet::new(),
        }
    }

    fn run(&mut self) {
        let function = self.graph.entries[self.entry].function;
        self.call(None, function, State { around: 0, hard: true, waited: true });
        let mut next = 0;
        while let Some((visit, state)) = self.work.get(next).copied() {
            next += 1;
            let facts = self.facts;
            let function = self.visits[visit].1;
            self.steps(&facts.rust.functions[function].steps, visit, state);
        }
    }

    fn call(&mut self, from: Option<usize>, function: FunctionId, state: State) {
        if self.visits.len() < MAX_VISITS && self.seen.insert((function, state)) {
            self.visits.push((from, function));
            self.work.push((self.visits.len() - 1, state));
        }
    }

    fn steps(&mut self, steps: &'a [Step], visit: usize, state: State) {
        for step in steps {
            self.step(step, visit, state);
        }
    }

    fn step(&mut self, step: &'a Step, visit: usize, state: State) {
        match step {
            Step::Effect { effect, failure } => {
                let reached = State { hard: state.hard && failure.is_hard(), ..state };
                let known = self.graph.services[self.graph.entries[self.entry].service].effects.contains(effect);
                if known && self.noted.insert((*effect, reached)) {
                    let falls_back = *failure == Failure::FallsBack;
                    self.found.push(Found { effect: *effect, state: reached, falls_back, visit });
                }
            }
            Step::Call { functions, failure, .. } => {
                let inner = State { hard: state.hard && failure.is_hard(), ..state };
                for function in functions {
                    self.call(Some(visit), *function, inner);
                }
            }
            Step::Together { branches, .. } => {
                let inner = self.within(step, state);
                branches.iter().for_each(|steps| self.steps(steps, visit, inner));
            }
            Step::Choice { branches } => branches.iter().for_each(|branch| self.steps(&branch.steps, visit, state)),
            Step::Spawn { kind, handle, steps, .. } => {
                let waited = kind == "blocking" || handle == "awaited";
                self.steps(steps, visit, State { waited: state.waited && waited, ..state });
            }
            Step::Loop { steps, .. }
            | Step::Timeout { steps, .. }
            | Step::Retry { steps, .. }
            | Step::Permit { steps, .. } => {
                let inner = self.within(step, state);
                self.steps(steps, visit, inner);
            }
            Step::Transaction { steps, .. } | Step::Lock { steps, .. } | Step::Held { steps, .. } => {
                self.steps(steps, visit, state);
            }
        }
    }

    /// The state inside a step that surrounds others.
    fn within(&mut self, step: &'a Step, state: State) -> State {
        let depth = self.surroundings[state.around].1;
        if depth >= MAX_AROUND {
            return state;
        }
        let next = self.surroundings.len();
        let around = *self.inside.entry((state.around, std::ptr::from_ref(step).addr())).or_insert(next);
        if around == next {
            self.surroundings.push((state.around, depth + 1, Some(step)));
        }
        State { around, ..state }
    }

    fn around(&self, mut innermost: usize) -> Vec<&'a Step> {
        let mut all = Vec::new();
        while let (outer, _, Some(step)) = self.surroundings[innermost] {
            all.push(step);
            innermost = outer;
        }
        all.reverse();
        all
    }

    fn through(&self, visit: usize) -> Vec<FunctionId> {
        let mut all = Vec::new();
        let mut next = Some(visit);
        while let Some(visit) = next {
            let (from, function) = self.visits[visit];
            all.push(function);
            next = from;
        }
        all.reverse();
        all
    }
}

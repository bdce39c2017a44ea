//! The calls of one entry point in the order of its code, inside what surrounds them: functions are followed where they
//! are called. Whoever follows the request further down puts in what the others do.

use std::collections::{BTreeMap, BTreeSet};

use super::BlockKind;
use crate::analysis::Model;
use crate::analysis::deadlines::{Figure, Reader};
use crate::analysis::walk::{Call, Calls};
use crate::facts::rust::{EffectId, Failure, FunctionId, Step};
use crate::graph::model::{EdgeId, EntryId, ServiceId};

/// Functions that are followed below one entry point, at most.
const MAX_FUNCTIONS: usize = 5_000;
/// Functions that call each other are followed this far.
const MAX_DEPTH: usize = 48;
/// Calls of one entry point, at most.
const MAX_CALLS: usize = 2_000;

/// A call, or several inside something that surrounds them.
pub(super) enum Shape<'a> {
    /// A call.
    Call(Call<'a>),
    /// In which way, the same in words, and the branches.
    Block(BlockKind, String, Vec<Vec<Shape<'a>>>),
}

/// The calls of an entry point.
pub(super) fn shapes<'a>(
    model: &Model<'a>,
    edges: &BTreeMap<(ServiceId, EffectId), Vec<EdgeId>>,
    entry: EntryId,
) -> Vec<Shape<'a>> {
    let mut order = Order {
        model,
        edges,
        calls: &model.chains.calls,
        entry,
        service: model.graph.entries[entry].service,
        stack: Vec::new(),
        around: Vec::new(),
        barren: BTreeSet::new(),
        functions: MAX_FUNCTIONS,
        left: MAX_CALLS,
        refused: 0,
    };
    order.function(model.graph.entries[entry].function, State { hard: true, waited: true })
}

#[derive(Clone, Copy)]
struct State {
    hard: bool,
    waited: bool,
}

struct Order<'m, 'a> {
    model: &'m Model<'a>,
    edges: &'m BTreeMap<(ServiceId, EffectId), Vec<EdgeId>>,
    calls: &'m Calls<'a>,
    entry: EntryId,
    service: ServiceId,
    /// Functions on the way to here.
    stack: Vec<FunctionId>,
    around: Vec<&'a Step>,
    /// Functions below which there is no call.
    barren: BTreeSet<FunctionId>,
    functions: usize,
    left: usize,
    /// How often something was not followed: then nothing is said to be barren.
    refused: usize,
}

impl<'a> Order<'_, 'a> {
    fn function(&mut self, function: FunctionId, state: State) -> Vec<Shape<'a>> {
        if self.barren.contains(&function) {
            return Vec::new();
        }
        if self.stack.contains(&function) || self.stack.len() >= MAX_DEPTH || self.functions == 0 {
            self.refused += 1;
            return Vec::new();
        }
        self.functions -= 1;
        let refused = self.refused;
        self.stack.push(function);
        let facts = self.model.facts;
        let shapes = self.steps(&facts.rust.functions[function].steps, state);
        self.stack.pop();
        if shapes.is_empty() && self.refused == refused {
            self.barren.insert(function);
        }
        shapes
    }

    fn steps(&mut self, steps: &'a [Step], state: State) -> Vec<Shape<'a>> {
        let mut shapes = Vec::new();
        for step in steps {
            self.step(step, state, &mut shapes);
        }
        shapes
    }

    fn step(&mut self, step: &'a Step, state: State, to: &mut Vec<Shape<'a>>) {
        match step {
            Step::Effect { effect, failure } => self.effect(*effect, *failure, state, to),
            Step::Call { functions, failure, .. } => {
                let inner = State { hard: state.hard && failure.is_hard(), ..state };
                let branches = functions.iter().map(|function| self.function(*function, inner)).collect();
                block(to, BlockKind::Choice, "one implementation or the other", branches);
            }
            Step::Together { branches, kind, .. } => {
                self.around.push(step);
                let branches = branches.iter().map(|steps| self.steps(steps, state)).collect();
                self.around.pop();
                let says = if kind == "select" { "at the same time, until one ends" } else { "at the same time" };
                enclose(to, BlockKind::Together, says, branches);
            }
            Step::Choice { branches } => {
                let branches = branches.iter().map(|branch| self.steps(&branch.steps, state)).collect();
                block(to, BlockKind::Choice, "one way or the other", branches);
            }
            Step::Spawn { kind, handle, steps, .. } => {
                let waited = kind == "blocking" || handle == "awaited";
                let inner = self.steps(steps, State { waited: state.waited && waited, ..state });
                if waited {
                    to.extend(inner);
                } else {
                    enclose(to, BlockKind::Apart, "a task of its own", vec![inner]);
                }
            }
            Step::Loop { over, steps, .. } => {
                let says = match over.as_str() {
                    "forever" => "again and again",
                    "condition" => "while a condition holds",
                    _ => "for each",
                };
                self.around(step, BlockKind::Loop, says, steps, state, to);
            }
            Step::Timeout { limit, steps, .. } => {
                let says = match self.reader().figure(self.service, Some(limit)) {
                    Figure::Known(ms) => format!("at most {ms} ms"),
                    _ => "within a limit that is not known".to_owned(),
                };
                self.around(step, BlockKind::Timeout, &says, steps, state, to);
            }
            Step::Retry { attempts, steps, .. } => {
                let says = match self.reader().figure(self.service, Some(attempts)) {
                    Figure::Known(attempts) => format!("up to {} attempts", attempts.max(1)),
                    Figure::Absent => "attempts without an end".to_owned(),
                    Figure::Unknown(_) => "attempts that are not known".to_owned(),
                };
                self.around(step, BlockKind::Retry, &says, steps, state, to);
            }
            Step::Transaction { steps, .. }
            | Step::Lock { steps, .. }
            | Step::Held { steps, .. }
            | Step::Permit { steps, .. } => {
                to.extend(self.steps(steps, state));
            }
        }
    }

    fn around(
        &mut self,
        step: &'a Step,
        kind: BlockKind,
        says: &str,
        steps: &'a [Step],
        state: State,
        to: &mut Vec<Shape<'a>>,
    ) {
        self.around.push(step);
        let inner = self.steps(steps, state);
        self.around.pop();
        enclose(to, kind, says, vec![inner]);
    }

    fn effect(&mut self, effect: EffectId, failure: Failure, state: State, to: &mut Vec<Shape<'a>>) {
        // What the service does not reach is left out by the roles that its deployment chooses.
        if !self.model.graph.services[self.service].effects.contains(&effect) {
            return;
        }
        let edges = self.edges;
        let mut branches = Vec::new();
        for edge in edges.get(&(self.service, effect)).into_iter().flatten() {
            if self.left == 0 {
                self.refused += 1;
                break;
            }
            self.left -= 1;
            branches.push(vec![Shape::Call(Call {
                entry: self.entry,
                edge: *edge,
                effect,
                callee: self.callee(*edge, effect),
                hard: state.hard && failure.is_hard(),
                waited: state.waited,
                falls_back: failure == Failure::FallsBack,
                around: self.around.clone(),
                through: self.stack.clone(),
            })]);
        }
        block(to, BlockKind::Choice, "one target or the other", branches);
    }

    /// Who answers, as it was found for the entry point's calls.
    fn callee(&self, edge: EdgeId, effect: EffectId) -> Option<EntryId> {
        let mut calls = self.calls.of_entry[self.entry].iter().map(|id| &self.calls.all[*id]);
        calls.find(|call| call.edge == edge && call.effect == effect).and_then(|call| call.callee)
    }

    fn reader(&self) -> Reader<'_> {
        Reader { facts: self.model.facts, graph: self.model.graph, config: self.model.config }
    }
}

/// Branches that exclude each other: a single one needs no block around it if nothing else could happen.
fn block<'a>(to: &mut Vec<Shape<'a>>, kind: BlockKind, says: &str, mut branches: Vec<Vec<Shape<'a>>>) {
    if branches.len() == 1 {
        to.extend(branches.pop().unwrap_or_default());
        return;
    }
    enclose(to, kind, says, branches);
}

/// What surrounds calls; nothing where there is no call in it.
fn enclose<'a>(to: &mut Vec<Shape<'a>>, kind: BlockKind, says: &str, mut branches: Vec<Vec<Shape<'a>>>) {
    branches.retain(|branch| !branch.is_empty());
    if !branches.is_empty() {
        to.push(Shape::Block(kind, says.to_owned(), branches));
    }
}

//! One request from its entry point down: the calls that it makes in the order of the code, each with its limit, its
//! attempts and what its failure means, and below each the calls of the entry point that answers.
//!
//! Where rules need figures over all requests they are near-linear sums ([`super::chains`]); this is one request whole,
//! for a person to read, and bounded because of that.

mod order;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::answers::path_of;
use super::deadlines::{Limit, Reader};
use super::walk::{Call, edges_by_effect};
use super::{Model, mesh, retries};
use crate::facts::rust::{EffectId, What};
use crate::graph::model::{EdgeId, EntryId, HOLE, ServiceId};
use crate::span::Span;
use order::Shape;

/// Calls of one request, at most: what lies below further ones is left out and counted.
pub const MAX_HOPS: usize = 2_000;
/// Entry points on one way down, at most.
const MAX_CHAIN: usize = 32;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it enters.
    pub entry: EntryId,
    /// What its server sets.
    pub within: Limit,
    /// What it does, in the order of the code.
    pub parts: Vec<Part>,
    /// Calls that are not followed down, because there are too many.
    pub cut: usize,
}

/// A call, or several that belong together.
#[derive(Clone, Debug)]
pub enum Part {
    /// A call.
    Hop(Box<Hop>),
    /// Several that belong together.
    Block(Block),
}

/// Calls that belong together.
#[derive(Clone, Debug)]
pub struct Block {
    /// In which way.
    pub kind: BlockKind,
    /// The same in words: `up to 3 attempts`.
    pub says: String,
    /// Its parts: one unless they exclude each other or run at the same time.
    pub branches: Vec<Vec<Part>>,
}

/// The way in which calls belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// One of the branches happens.
    Choice,
    /// All branches happen at the same time.
    Together,
    /// It happens again and again.
    Loop,
    /// It happens again when it fails.
    Retry,
    /// It ends after a time.
    Timeout,
    /// Nobody waits for it.
    Apart,
}

/// What the failure of a call means to the one that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It fails as well.
    Hard,
    /// It goes on.
    Soft,
    /// It does not even wait.
    Apart,
}

impl Weight {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Apart => "apart",
        }
    }
}

/// One call of a request.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The dependency.
    pub edge: EdgeId,
    /// What is asked for: method, verb and path, statement, command.
    pub what: String,
    /// What its failure means to the entry point that makes it.
    pub weight: Weight,
    /// Whether its failure reaches the entry point of the request.
    pub reaches_entry: bool,
    /// Whether something else is tried when it fails.
    pub falls_back: bool,
    /// Whether `loadpath.yaml` says that the caller survives it.
    pub declared_optional: bool,
    /// What limits one attempt of it.
    pub limit: Limit,
    /// The time that all above it leave to it: the strictest limit on the way.
    pub budget: Limit,
    /// Attempts, as far as they are known, those of a mesh included.
    pub attempts: i64,
    /// Attempts that cannot be read.
    pub attempts_open: Vec<String>,
    /// Where it is made.
    pub at: Span,
    /// The entry point that answers, if it is one of the project.
    pub callee: Option<EntryId>,
    /// Whether the request has been in that entry point already: it goes round in a circle.
    pub again: bool,
    /// What the one that answers does.
    pub parts: Vec<Part>,
}

/// Follows one request down.
#[must_use]
pub fn request(model: &Model<'_>, entry: EntryId) -> Request {
    let reader = Reader { facts: model.facts, graph: model.graph, config: model.config };
    let within = reader.within(entry);
    let mut follow = Follow {
        model,
        reader,
        edges: edges_by_effect(model.graph),
        mesh: mesh::attempts(model.facts, model.graph),
        chain: vec![entry],
        left: MAX_HOPS,
        cut: 0,
    };
    let parts = follow.below(entry, &Above { budget: within.clone(), hard: true });
    Request { entry, within, parts, cut: follow.cut }
}

struct Follow<'m, 'a> {
    model: &'m Model<'a>,
    reader: Reader<'m>,
    edges: BTreeMap<(ServiceId, EffectId), Vec<EdgeId>>,
    mesh: mesh::Attempts,
    /// Entry points on the way down to here.
    chain: Vec<EntryId>,
    left: usize,
    cut: usize,
}

/// What those above leave.
struct Above {
    budget: Limit,
    /// Whether a failure here would reach the entry point of the request.
    hard: bool,
}

impl Follow<'_, '_> {
    /// What an entry point does.
    fn below(&mut self, entry: EntryId, above: &Above) -> Vec<Part> {
        let shapes = order::shapes(self.model, &self.edges, entry);
        self.parts(shapes, above)
    }

    fn parts(&mut self, shapes: Vec<Shape<'_>>, above: &Above) -> Vec<Part> {
        let mut parts = Vec::new();
        for shape in shapes {
            match shape {
                Shape::Call(call) if self.left == 0 => {
                    drop(call);
                    self.cut += 1;
                }
                Shape::Call(call) => {
                    self.left -= 1;
                    parts.push(Part::Hop(Box::new(self.hop(&call, above))));
                }
                Shape::Block(kind, says, branches) => {
                    let branches: Vec<Vec<Part>> =
                        branches.into_iter().map(|shapes| self.parts(shapes, above)).collect();
                    parts.push(Part::Block(Block { kind, says, branches }));
                }
            }
        }
        parts
    }

    fn hop(&mut self, call: &Call<'_>, above: &Above) -> Hop {
        let edge = &self.model.graph.edges[call.edge];
        let declared_optional = self.model.chains.criticality[call.edge].declared_optional;
        let weight = match (call.waited, call.hard && !declared_optional) {
            (false, _) => Weight::Apart,
            (true, true) => Weight::Hard,
            (true, false) => Weight::Soft,
        };
        let limit = if edge.is_sync() { self.reader.out(call) } else { Limit::default() };
        // A task of its own outlives those above.
        let budget = if call.waited { above.budget.clone().min(limit.clone()) } else { limit.clone() };
        let (attempts, open) = retries::attempts(self.reader, call, &self.mesh);
        let mut hop = Hop {
            edge: call.edge,
            what: what(self.model, call),
            weight,
            reaches_entry: above.hard && weight == Weight::Hard,
            falls_back: call.falls_back,
            declared_optional,
            limit,
            budget,
            attempts,
            attempts_open: open.into_iter().collect(),
            at: self.model.facts.rust.effects[call.effect].at.clone(),
            callee: call.callee,
            again: false,
            parts: Vec::new(),
        };
        match call.callee {
            Some(callee) if self.chain.contains(&callee) => hop.again = true,
            Some(_) if self.chain.len() >= MAX_CHAIN || self.left == 0 => self.cut += 1,
            Some(callee) => {
                let budget = hop.budget.clone().min(self.reader.within(callee));
                self.chain.push(callee);
                hop.parts = self.below(callee, &Above { budget, hard: hop.reaches_entry });
                self.chain.pop();
            }
            None => {}
        }
        hop
    }
}

/// What a call asks for, in a few words.
fn what(model: &Model<'_>, call: &Call<'_>) -> String {
    let effect = &model.facts.rust.effects[call.effect];
    let edge = &model.graph.edges[call.edge];
    let only = || edge.methods.iter().next().filter(|_| edge.methods.len() == 1).cloned();
    match &effect.what {
        What::Grpc { method, .. } => method.clone(),
        What::Http { verb, url } => only().unwrap_or_else(|| {
            let known = model.known(&model.graph.services[edge.from], url);
            let path = known.texts.first().map_or("", |text| path_of(text)).replace(HOLE, "*");
            format!("{} {path}", if verb.is_empty() { "ANY" } else { verb }).trim_end().to_owned()
        }),
        What::Sql { statement: Some(statement), .. } => {
            let tables: Vec<&str> = statement.tables.iter().map(|of| of.table.as_str()).collect();
            format!("{} {}", statement.verb.replace('_', " ").to_uppercase(), tables.join(", ")).trim_end().to_owned()
        }
        What::Store { operation, .. } => operation.clone(),
        _ => only().unwrap_or_default(),
    }
}

//! A request as `loadpath.path/1`. Key names and meanings are fixed; keys may be added.

use schemars::JsonSchema;
use serde::Serialize;

use super::{flat, takers};
use crate::analysis::Model;
use crate::analysis::deadlines::Limit;
use crate::analysis::request::{BlockKind, Hop, Part, Request};
use crate::graph::EntryPoint;
use crate::graph::model::EntryId;
use crate::span::Span;

/// Name and version of the contract.
pub const SCHEMA: &str = "loadpath.path/1";

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always [`SCHEMA`].
    schema: &'static str,
    /// Name of the system.
    system: &'a str,
    /// The environment whose manifests decide values.
    environment: &'a str,
    /// Where the request enters.
    entry: Entry<'a>,
    /// What the server sets on it.
    limit: Deadline<'a>,
    /// How long it can take.
    takes: Takes<'a>,
    /// How many places of the project call it.
    callers: usize,
    /// What it calls, in the order of the code.
    calls: Vec<Call<'a>>,
    /// Calls that are not followed down, because there are too many.
    cut: usize,
}

/// An entry point.
#[derive(Debug, Serialize, JsonSchema)]
struct Entry<'a> {
    /// Service, then name.
    id: &'a str,
    /// The service that it enters.
    service: &'a str,
    /// `rpc`, `endpoint`, `consumer`, `task`, `startup`.
    kind: &'a str,
    /// Contract and method, verb and path, topic or function.
    name: &'a str,
    /// Where.
    #[serde(flatten)]
    at: Span,
}

/// A limit on time.
#[derive(Debug, Serialize, JsonSchema)]
struct Deadline<'a> {
    /// In milliseconds; null where none is known.
    ms: Option<i64>,
    /// What it is and where it is set.
    from: &'a str,
    /// What cannot be read: the limit may be smaller.
    unknown: Option<&'a str>,
}

/// How long an entry point can take.
#[derive(Debug, Serialize, JsonSchema)]
struct Takes<'a> {
    /// The sum of what is known, in milliseconds.
    least_ms: i64,
    /// Whether something in it has no limit at all.
    endless: bool,
    /// How the sum came about.
    formula: String,
    /// What cannot be read.
    unknown: Vec<&'a str>,
}

/// One call, and below it what the one that answers calls.
#[derive(Debug, Serialize, JsonSchema)]
struct Call<'a> {
    /// Id of the service, datastore, topic or external that is called.
    to: &'a str,
    /// The kind of the dependency.
    kind: &'a str,
    /// The contract, for gRPC.
    contract: Option<&'a str>,
    /// What is asked for: method, verb and path, statement, command.
    what: &'a str,
    /// `proven`, `likely`, `declared`.
    confidence: &'a str,
    /// What its failure means to the entry point that makes it: `hard`, `soft`, or `apart` where nobody waits.
    criticality: &'a str,
    /// Whether its failure reaches the entry point of the request.
    reaches_entry: bool,
    /// Whether something else is tried when it fails.
    falls_back: bool,
    /// What limits one attempt.
    deadline: Deadline<'a>,
    /// The strictest limit on the way down to it.
    budget: Deadline<'a>,
    /// Attempts, as far as they are known.
    attempts: i64,
    /// Attempts that cannot be read.
    attempts_unknown: &'a [String],
    /// What surrounds it in the code, the outermost first.
    around: Vec<Surrounding<'a>>,
    /// Where.
    #[serde(flatten)]
    at: Span,
    /// The entry point that answers, if it is one of the project.
    answered_by: Option<Entry<'a>>,
    /// How long that one can take.
    takes: Option<Takes<'a>>,
    /// Services that take what is put into the topic.
    taken_by: Vec<&'a str>,
    /// Whether the request has been in that entry point already.
    circle: bool,
    /// What the one that answers calls.
    calls: Vec<Call<'a>>,
}

/// What surrounds a call.
#[derive(Debug, Serialize, JsonSchema)]
struct Surrounding<'a> {
    /// `choice`, `together`, `loop`, `retry`, `timeout`, `apart`.
    kind: &'static str,
    /// The same in words.
    says: &'a str,
}

/// The document of a request.
#[must_use]
pub fn document<'a>(model: &'a Model<'_>, request: &'a Request) -> Document<'a> {
    Document {
        schema: SCHEMA,
        system: &model.graph.system,
        environment: &model.graph.environment,
        entry: entry(model, request.entry),
        limit: deadline(&request.within),
        takes: takes(model, request.entry),
        callers: model.chains.calls.into_entry[request.entry].len(),
        calls: calls(model, &request.parts),
        cut: request.cut,
    }
}

fn entry<'a>(model: &'a Model<'_>, id: EntryId) -> Entry<'a> {
    let EntryPoint { id, service, kind, name, at, .. } = &model.graph.entries[id];
    Entry { id, service: &model.graph.services[*service].name, kind, name, at: at.clone() }
}

fn deadline(limit: &Limit) -> Deadline<'_> {
    Deadline { ms: limit.ms, from: &limit.from, unknown: limit.open.as_deref() }
}

fn takes<'a>(model: &'a Model<'_>, id: EntryId) -> Takes<'a> {
    let cost = &model.chains.busy[id];
    Takes {
        least_ms: cost.ms,
        endless: cost.endless,
        formula: cost.formula(),
        unknown: cost.open.iter().map(String::as_str).collect(),
    }
}

/// Nesting is bounded by what a request follows.
fn calls<'a>(model: &'a Model<'_>, parts: &'a [Part]) -> Vec<Call<'a>> {
    let all = flat(parts).into_iter();
    all.map(|call| {
        let around = call.blocks.iter().map(|block| Surrounding { kind: name(block.kind), says: &block.says });
        one(model, call.hop, around.collect())
    })
    .collect()
}

fn one<'a>(model: &'a Model<'_>, hop: &'a Hop, around: Vec<Surrounding<'a>>) -> Call<'a> {
    let edge = &model.graph.edges[hop.edge];
    Call {
        to: model.graph.id_of(edge.to),
        kind: &edge.kind,
        contract: edge.contract.as_deref(),
        what: &hop.what,
        confidence: edge.confidence.name(),
        criticality: hop.weight.name(),
        reaches_entry: hop.reaches_entry,
        falls_back: hop.falls_back,
        deadline: deadline(&hop.limit),
        budget: deadline(&hop.budget),
        attempts: hop.attempts,
        attempts_unknown: &hop.attempts_open,
        around,
        at: hop.at.clone(),
        answered_by: hop.callee.map(|id| entry(model, id)),
        takes: hop.callee.map(|id| takes(model, id)),
        taken_by: takers(model, hop).into_iter().collect(),
        circle: hop.again,
        calls: calls(model, &hop.parts),
    }
}

fn name(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Choice => "choice",
        BlockKind::Together => "together",
        BlockKind::Loop => "loop",
        BlockKind::Retry => "retry",
        BlockKind::Timeout => "timeout",
        BlockKind::Apart => "apart",
    }
}

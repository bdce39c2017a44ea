//! Outcomes as `loadpath.whatif/1`. Key names and meanings are fixed; keys may be added.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::Model;
use crate::analysis::whatif::{Hold, Outcome, Outcomes, Pace, Scenario, Verdict, Why, way};
use crate::graph::End;
use crate::reports::capacity::Limited;
use crate::span::Span;

/// Name and version of the contract.
pub const SCHEMA: &str = "loadpath.whatif/1";

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always [`SCHEMA`].
    schema: &'static str,
    /// Name of the system.
    system: &'a str,
    /// The environment whose manifests decide values.
    environment: &'a str,
    /// Ids of what is down.
    down: Vec<&'a str>,
    /// What answers later.
    latency: Vec<Latency<'a>>,
    /// How many entry points have each outcome; those that only start a service are left out.
    summary: Summary,
    /// All entry points, in the order of the graph.
    entries: Vec<Entry<'a>>,
    /// Dependencies on what is concerned of which no call was seen.
    unseen: Vec<Unseen<'a>>,
    /// Limits that change with `--replicas` and `--load`.
    limits: Vec<Limited<'a>>,
}

/// What answers later.
#[derive(Debug, Serialize, JsonSchema)]
struct Latency<'a> {
    /// Id of the service, datastore, topic or external.
    of: &'a str,
    /// How much longer each answer takes, in milliseconds.
    added_ms: i64,
}

/// Counts of outcomes.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Summary {
    /// Every way fails.
    fails: usize,
    /// Some ways fail, or answers lack something.
    degrades: usize,
    /// Answers take longer.
    slows: usize,
    /// Not decided.
    unknown: usize,
    /// Nothing changes.
    works: usize,
}

/// One entry point.
#[derive(Debug, Serialize, JsonSchema)]
struct Entry<'a> {
    /// Service, then name.
    id: &'a str,
    /// Its service.
    service: &'a str,
    /// `rpc`, `endpoint`, `consumer`, `task`, `startup`.
    kind: &'a str,
    /// Contract and method, verb and path, topic or function.
    name: &'a str,
    /// `fails`, `degrades`, `slows`, `unknown`, `works`.
    outcome: &'static str,
    /// The same on the best of its ways: `works`, `slows`, `degrades`, `fails`.
    best: &'static str,
    /// The same on the worst of its ways.
    worst: &'static str,
    /// How much longer it takes at least, in milliseconds.
    least_added_ms: i64,
    /// How much longer it takes at most, in milliseconds.
    most_added_ms: i64,
    /// The way down to what decides it, call by call.
    path: Vec<Call<'a>>,
    /// What holds it up.
    held_up_by: Vec<Held<'a>>,
    /// What is missing to decide it.
    unknown: Vec<&'a str>,
    /// Where.
    #[serde(flatten)]
    at: Span,
}

/// One call of a way down.
#[derive(Debug, Serialize, JsonSchema)]
struct Call<'a> {
    /// Id of the entry point that calls.
    from: &'a str,
    /// Id of the service, datastore, topic or external that is called.
    to: &'a str,
    /// The kind of the dependency.
    kind: &'a str,
    /// `down`, `slow`, `cut`, `below` where the next call decides, `unknown`.
    what: &'static str,
    /// Of `slow`, how much longer it takes; of `cut`, the limit; in milliseconds.
    ms: Option<i64>,
    /// What becomes of the entry point that calls.
    outcome: &'static str,
    /// Where.
    #[serde(flatten)]
    at: Span,
}

/// What holds an entry point up.
#[derive(Debug, Serialize, JsonSchema)]
struct Held<'a> {
    /// `fallback`, `default`, `goes on`, `passed over`, `cache`, `task`, `queue`, `limit`, `breaker`, `declared`.
    kind: &'static str,
    /// The same in words.
    says: &'a str,
    /// Where.
    #[serde(flatten)]
    at: Span,
}

/// A dependency of which no call was seen.
#[derive(Debug, Serialize, JsonSchema)]
struct Unseen<'a> {
    /// The service that depends.
    from: &'a str,
    /// Id of what it depends on.
    to: &'a str,
    /// The kind of the dependency.
    kind: &'a str,
    /// `proven`, `likely`, `declared`.
    confidence: &'static str,
    /// What proves it.
    evidence: &'a [Span],
}

/// The document of a scenario.
#[must_use]
pub fn document<'a>(
    model: &'a Model<'_>,
    scenario: &Scenario,
    outcomes: &'a Outcomes,
    limits: Vec<Limited<'a>>,
) -> Document<'a> {
    let graph = model.graph;
    let mut summary = Summary::default();
    for outcome in outcomes.of_entry.iter().filter(|outcome| !super::is_start(model, outcome)) {
        let count = match outcome.verdict() {
            Verdict::Fails => &mut summary.fails,
            Verdict::Degrades => &mut summary.degrades,
            Verdict::Slows => &mut summary.slows,
            Verdict::Unknown => &mut summary.unknown,
            Verdict::Works => &mut summary.works,
        };
        *count += 1;
    }
    let latency = scenario.latency_ms.iter();
    Document {
        schema: SCHEMA,
        system: &graph.system,
        environment: &graph.environment,
        down: scenario.down.iter().map(|end| graph.id_of(*end)).collect(),
        latency: latency.map(|(end, ms)| Latency { of: graph.id_of(*end), added_ms: *ms }).collect(),
        summary,
        entries: outcomes.of_entry.iter().map(|outcome| entry(model, outcomes, outcome)).collect(),
        unseen: outcomes.unseen.iter().map(|edge| unseen(model, *edge)).collect(),
        limits,
    }
}

fn entry<'a>(model: &'a Model<'_>, outcomes: &'a Outcomes, outcome: &'a Outcome) -> Entry<'a> {
    let of = &model.graph.entries[outcome.entry];
    Entry {
        id: &of.id,
        service: &model.graph.services[of.service].name,
        kind: &of.kind,
        name: &of.name,
        outcome: outcome.verdict().name(),
        best: outcome.best.name(),
        worst: outcome.worst.name(),
        least_added_ms: outcome.least_ms,
        most_added_ms: outcome.most_ms,
        path: way(outcomes, outcome.entry).into_iter().map(|pace| call(model, pace)).collect(),
        held_up_by: outcome.holds.iter().map(held).collect(),
        unknown: outcome.open.iter().map(String::as_str).collect(),
        at: of.at.clone(),
    }
}

fn call<'a>(model: &'a Model<'_>, pace: Pace<'a>) -> Call<'a> {
    let edge = &model.graph.edges[pace.cause.edge];
    let (what, ms) = match pace.cause.why {
        Why::Down => ("down", None),
        Why::Slow(ms) => ("slow", Some(ms)),
        Why::Cut { limit_ms, .. } => ("cut", Some(limit_ms)),
        Why::Below(_) => ("below", None),
        Why::Open => ("unknown", None),
    };
    Call {
        from: &model.graph.entries[pace.entry].id,
        to: model.graph.id_of(edge.to),
        kind: &edge.kind,
        what,
        ms,
        outcome: pace.cause.level.name(),
        at: model.facts.rust.effects[pace.cause.effect].at.clone(),
    }
}

fn held(hold: &Hold) -> Held<'_> {
    Held { kind: hold.kind.name(), says: &hold.says, at: hold.at.clone() }
}

fn unseen<'a>(model: &'a Model<'_>, edge: usize) -> Unseen<'a> {
    let edge = &model.graph.edges[edge];
    Unseen {
        from: model.graph.name_of(End::Service(edge.from)),
        to: model.graph.id_of(edge.to),
        kind: &edge.kind,
        confidence: edge.confidence.name(),
        evidence: &edge.evidence,
    }
}

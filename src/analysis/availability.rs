//! How available an entry point can be at best: the product over the distinct things that it cannot do without.
//!
//! A thing with a declared availability counts with that and is not looked into; a service without one counts with what
//! it cannot do without itself. What nothing is declared for is left out and named, so that the product is an upper
//! bound: enough to prove that a promise cannot be kept. Source: Treynor et al., "The Calculus of Service Availability".

use std::collections::{BTreeMap, BTreeSet};

use super::walk::{Call, Calls};
use crate::config::{Config, Slo};
use crate::graph::Graph;
use crate::graph::model::{EdgeId, End, EntryId, ServiceId};

/// Parts per billion in the whole.
pub const WHOLE: i64 = 1_000_000_000;

/// What an entry point's availability is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Availability {
    /// What it cannot do without and what was declared for it, in parts per billion that succeed.
    pub parts: BTreeMap<End, i64>,
    /// What it cannot do without and nothing was declared for.
    pub open: BTreeSet<End>,
    /// What is promised for it, in parts per billion: its own promise, or its service's if it is the weakest of it.
    pub promise: Option<i64>,
}

impl Availability {
    /// The product, as a share.
    #[must_use]
    pub fn at_most(&self) -> f64 {
        self.parts.values().fold(1.0, |product, part| product * share(*part))
    }
}

/// Parts per billion as a share.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "a billion is far below 2^53")]
pub fn share(parts: i64) -> f64 {
    parts as f64 / WHOLE as f64
}

/// A share as parts per billion.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "held between 0 and a billion")]
pub fn parts(share: f64) -> i64 {
    (share.clamp(0.0, 1.0) * 1e9).round() as i64
}

/// Of every entry point.
#[must_use]
pub fn availabilities(graph: &Graph, config: &Config, calls: &Calls<'_>, optional: &[bool]) -> Vec<Availability> {
    let mut all: Vec<Availability> = vec![Availability::default(); graph.entries.len()];
    for entry in &calls.order {
        let mut of = Availability::default();
        for (_, call) in calls.waited(graph, *entry).filter(|(_, call)| is_hard(call, optional)) {
            let to = graph.edges[call.edge].to;
            if to == End::Service(graph.entries[*entry].service) {
                continue;
            }
            if let Some(declared) = declared_for_call(graph, config, call) {
                of.parts.insert(to, declared);
                continue;
            }
            of.open.insert(to);
            if let Some(callee) = calls.onward(call) {
                let below = all[callee].clone();
                of.parts.extend(below.parts);
                of.open.extend(below.open);
            }
        }
        all[*entry] = of;
    }
    promise(graph, config, &mut all);
    all
}

/// Whether the entry point fails with a call: in its code, and by what is declared.
#[must_use]
pub fn is_hard(call: &Call<'_>, optional: &[bool]) -> bool {
    call.hard && call.waited && !optional.get(call.edge).copied().unwrap_or_default()
}

fn declared_for_call(graph: &Graph, config: &Config, call: &Call<'_>) -> Option<i64> {
    let entry = call.callee.and_then(|callee| promised(config, &graph.entries[callee].id));
    entry.or_else(|| declared(graph, config, graph.edges[call.edge].to))
}

/// What is declared for a service, datastore or external: by name or id. A name that a service has is the service's: a
/// datastore of that name goes by its id.
#[must_use]
pub fn declared(graph: &Graph, config: &Config, end: End) -> Option<i64> {
    let (id, name) = (graph.id_of(end), graph.name_of(end));
    let short = id.split_once(':').map_or(id, |(_, rest)| rest);
    let external = config.externals.get(name).and_then(|of| of.availability.as_ref()).map(|share| parts(share.value));
    let is_of_a_service = || graph.services.iter().any(|service| service.name == name);
    let name = (matches!(end, End::Service(_)) || !is_of_a_service()).then_some(name);
    external.or_else(|| [Some(id), Some(short), name].into_iter().flatten().find_map(|key| promised(config, key)))
}

fn promised(config: &Config, key: &str) -> Option<i64> {
    let Slo { availability, .. } = config.slo.get(key)?;
    availability.as_ref().map(|share| parts(share.value))
}

/// The strictest promise that a dependency takes part in: of its service, or of an entry point that cannot do without it.
#[must_use]
pub fn promise_over(graph: &Graph, config: &Config, calls: &Calls<'_>, edge: EdgeId) -> Option<i64> {
    let service = promised(config, &graph.services[graph.edges[edge].from].name);
    let hard = calls.of_edge.get(&edge).into_iter().flatten().map(|id| &calls.all[*id]);
    let entries =
        hard.filter(|call| call.hard && call.waited).filter_map(|call| promised(config, &graph.entries[call.entry].id));
    entries.chain(service).max()
}

/// How many things a service cannot do without, over all of its entry points.
#[must_use]
pub fn hard_dependencies(graph: &Graph, calls: &Calls<'_>, optional: &[bool], service: ServiceId) -> usize {
    let entries = graph.services[service].entries.iter();
    let hard = entries.flat_map(|entry| calls.waited(graph, *entry)).filter(|(_, call)| is_hard(call, optional));
    hard.map(|(_, call)| graph.edges[call.edge].to).collect::<BTreeSet<End>>().len()
}

/// Gives each promise to the entry point that it is made for; a service's to the weakest one that answers.
fn promise(graph: &Graph, config: &Config, all: &mut [Availability]) {
    for service in &graph.services {
        let answering: Vec<EntryId> = service
            .entries
            .iter()
            .copied()
            .filter(|entry| matches!(graph.entries[*entry].kind.as_str(), "rpc" | "endpoint"))
            .collect();
        for entry in &answering {
            all[*entry].promise = promised(config, &graph.entries[*entry].id);
        }
        let Some(of_service) = promised(config, &service.name) else { continue };
        let free = answering.into_iter().filter(|entry| all[*entry].promise.is_none());
        let weakest = free.min_by(|a, b| {
            let (a, b) = (&all[*a], &all[*b]);
            a.at_most().total_cmp(&b.at_most()).then(b.open.len().cmp(&a.open.len()))
        });
        if let Some(weakest) = weakest {
            all[weakest].promise = Some(of_service);
        }
    }
}

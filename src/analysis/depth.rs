//! How deep a request goes and how wide it spreads: calls that follow each other, and services that one entry point
//! calls itself.

use std::collections::{BTreeMap, BTreeSet};

use super::availability::is_hard;
use super::walk::{CallId, Calls};
use crate::facts::rust::Step;
use crate::graph::Graph;
use crate::graph::model::{EdgeId, End, EntryId, ServiceId};

/// Depth and fan-out of one entry point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// The calls of the longest chain, from the entry point down: calls whose failure reaches back to it.
    pub chain: Vec<CallId>,
    /// Services and externals that it calls itself and waits for; without those that it can do without and calls
    /// together with others.
    pub targets: BTreeSet<End>,
    /// How many there are if each call whose other side is not known goes to another one.
    pub targets_most: usize,
    /// The service below the entry point, or its own, with a call whose other side is not known: a chain may go on there.
    pub open: Option<ServiceId>,
}

/// Of every entry point. A chain that comes back to where it was ends there.
#[must_use]
pub fn depths(graph: &Graph, calls: &Calls<'_>, optional: &[bool]) -> Vec<Depth> {
    let mut longest: BTreeMap<EntryId, (usize, Option<CallId>)> = BTreeMap::new();
    let mut open: BTreeMap<EntryId, ServiceId> = BTreeMap::new();
    for entry in &calls.order {
        let mut best = (0, None);
        for (id, call) in
            calls.waited(graph, *entry).filter(|(_, call)| is_hard(call, optional) && is_call(graph, call.edge))
        {
            let beyond = calls.onward(call).and_then(|callee| open.get(&callee)).copied();
            let own = may_go_on(graph, call.edge).then_some(graph.edges[call.edge].from);
            if let Some(service) = own.or(beyond) {
                open.entry(*entry).or_insert(service);
            }
            let below = calls.onward(call).and_then(|callee| longest.get(&callee)).map_or(0, |(length, _)| *length);
            if below + 1 > best.0 {
                best = (below + 1, Some(id));
            }
        }
        longest.insert(*entry, best);
    }
    let chain = |entry: EntryId| {
        let mut chain = Vec::new();
        let mut next = Some(entry);
        while let Some(id) = next.and_then(|entry| longest.get(&entry)).and_then(|(_, call)| *call) {
            chain.push(id);
            next = calls.onward(&calls.all[id]);
        }
        chain
    };
    (0..graph.entries.len())
        .map(|entry| {
            let (targets, targets_most) = targets(graph, calls, entry);
            Depth { chain: chain(entry), targets, targets_most, open: open.get(&entry).copied() }
        })
        .collect()
}

/// Whether a call leads to a side that is not known: it may be a service of the project.
fn leads_anywhere(graph: &Graph, edge: EdgeId) -> bool {
    is_call(graph, edge)
        && matches!(graph.edges[edge].to, End::Node(node) if graph.nodes[node].kind == "external" && !graph.nodes[node].name_known)
}

fn is_call(graph: &Graph, edge: usize) -> bool {
    matches!(graph.edges[edge].kind.as_str(), "grpc" | "http")
}

/// Whether one that is called and not known may be another service of the project, which calls further.
fn may_go_on(graph: &Graph, edge: EdgeId) -> bool {
    let other = |id: usize| id != graph.edges[edge].from && graph.out_of(id).any(|(edge, _)| is_call(graph, edge));
    leads_anywhere(graph, edge) && (0..graph.services.len()).any(other)
}

/// Whether one that is called and not known may wait for its caller: somebody in the project does.
#[must_use]
pub fn may_come_back(graph: &Graph, edge: EdgeId) -> bool {
    let caller = End::Service(graph.edges[edge].from);
    leads_anywhere(graph, edge) && graph.into_end(caller).any(|(id, _)| is_call(graph, id))
}

/// Who is called, and how many that are at most.
fn targets(graph: &Graph, calls: &Calls<'_>, entry: EntryId) -> (BTreeSet<End>, usize) {
    let edges: Vec<(usize, EdgeId)> = calls
        .waited(graph, entry)
        .filter(|(_, call)| is_call(graph, call.edge))
        .filter(|(_, call)| {
            let together = call.around.iter().any(|step| matches!(step, Step::Together { .. }));
            call.hard || !together
        })
        .filter(|(_, call)| graph.edges[call.edge].to != End::Service(graph.entries[entry].service))
        .map(|(_, call)| (call.effect, call.edge))
        .collect();
    let targets: BTreeSet<End> = edges.iter().map(|(_, edge)| graph.edges[*edge].to).collect();
    let (open, known): (BTreeSet<_>, BTreeSet<_>) =
        edges.into_iter().partition(|(_, edge)| leads_anywhere(graph, *edge));
    let known: BTreeSet<End> = known.into_iter().map(|(_, edge)| graph.edges[edge].to).collect();
    (targets, known.len() + open.len())
}

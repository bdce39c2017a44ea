//! Services that wait for each other in a circle: for each group of them, one shortest cycle of dependencies.
//!
//! Only resolved calls that the code makes while it serves count: what is likely or only configuration says, start-up and messages cut a
//! circle. A service that calls itself, as one of several peers does, waits in a circle only where the entry points do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::graph::{DiGraph, NodeIndex};

use super::contexts::Contexts;
use super::walk::Calls;
use crate::graph::Graph;
use crate::graph::model::{Confidence, EdgeId, End, EntryId, ServiceId};

/// The shortest cycle of each circle, as dependencies that follow each other; the first begins at the service that comes
/// first.
#[must_use]
pub fn cycles(graph: &Graph, contexts: &Contexts, calls: &Calls<'_>) -> Vec<Vec<EdgeId>> {
    let mut out: BTreeMap<ServiceId, BTreeMap<ServiceId, EdgeId>> = BTreeMap::new();
    for (id, edge) in graph.edges.iter().enumerate() {
        let End::Service(to) = edge.to else { continue };
        if to == edge.from && !comes_back(calls, id) {
            continue;
        }
        let serving = edge.effects.iter().any(|effect| contexts.effects.get(effect).is_some_and(|of| of.serving));
        if edge.is_sync() && edge.confidence == Confidence::Proven && serving {
            out.entry(edge.from).or_default().entry(to).or_insert(id);
        }
    }
    let mut services: DiGraph<(), ()> = DiGraph::new();
    let nodes: Vec<NodeIndex> = graph.services.iter().map(|_| services.add_node(())).collect();
    for (from, targets) in &out {
        for to in targets.keys() {
            services.add_edge(nodes[*from], nodes[*to], ());
        }
    }
    let mut found: Vec<Vec<EdgeId>> = petgraph::algo::kosaraju_scc(&services)
        .into_iter()
        .filter_map(|circle| {
            let members: BTreeSet<ServiceId> = circle.into_iter().map(NodeIndex::index).collect();
            shortest(&members, &out)
        })
        .collect();
    found.sort();
    found
}

/// Whether an entry point waits along a dependency for another one that waits for it. One that calls itself hands the
/// request on to a peer.
fn comes_back(calls: &Calls<'_>, edge: EdgeId) -> bool {
    calls.of_edge.get(&edge).into_iter().flatten().map(|id| &calls.all[*id]).any(|call| {
        let circle = |callee: EntryId| callee != call.entry && calls.circle[callee] == calls.circle[call.entry];
        call.waited && call.callee.is_some_and(circle)
    })
}

/// A shortest way from one of the members back to it: the first of the shortest, by the services' order.
fn shortest(
    members: &BTreeSet<ServiceId>,
    out: &BTreeMap<ServiceId, BTreeMap<ServiceId, EdgeId>>,
) -> Option<Vec<EdgeId>> {
    let mut best: Option<Vec<EdgeId>> = None;
    for start in members {
        let found = from(*start, members, out);
        if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| found.len() < best.len())) {
            best = Some(found);
        }
        if best.as_ref().is_some_and(|best| best.len() <= 2) {
            break;
        }
    }
    best
}

fn from(
    start: ServiceId,
    members: &BTreeSet<ServiceId>,
    out: &BTreeMap<ServiceId, BTreeMap<ServiceId, EdgeId>>,
) -> Option<Vec<EdgeId>> {
    let mut came: BTreeMap<ServiceId, (ServiceId, EdgeId)> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for (to, edge) in out.get(&at).into_iter().flatten().filter(|(to, _)| members.contains(to)) {
            if *to == start {
                let mut way = vec![*edge];
                let mut at = at;
                while at != start {
                    let (before, edge) = *came.get(&at)?;
                    way.push(edge);
                    at = before;
                }
                way.reverse();
                return Some(way);
            }
            if !came.contains_key(to) {
                came.insert(*to, (at, *edge));
                open.push_back(*to);
            }
        }
    }
    None
}

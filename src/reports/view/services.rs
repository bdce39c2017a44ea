//! Who calls whom: services and systems of others only. Datastores are words in a box, topics are arrows between those who
//! read and those who write; services of the same folder stand together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Builder, Line, View, label, of_services};
use crate::graph::{End, Graph};

/// Every service, what it calls, and whose events it reads. Jobs, datastores and topics are left out.
#[must_use]
pub fn services(graph: &Graph) -> View {
    let mut builder = Builder::new(format!("Services of {}", graph.system));
    let contexts = of_services(graph);
    let shown = |id: usize| graph.services[id].kind != "job";
    for id in (0..graph.services.len()).filter(|id| shown(*id)) {
        let place = builder.end(graph, End::Service(id));
        let stores = technologies(graph, id);
        builder.view.nodes[place].label.extend((!stores.is_empty()).then_some(stores));
        let group = contexts.get(&id).map(|name| builder.group(name));
        builder.view.nodes[place].group = group;
    }
    for edge in graph.edges.iter().filter(|edge| edge.is_sync() && shown(edge.from)) {
        let is_drawn = match edge.to {
            End::Service(id) => shown(id),
            End::Node(id) => graph.nodes[id].kind == "external",
        };
        if is_drawn {
            let (from, to) = (builder.end(graph, End::Service(edge.from)), builder.end(graph, edge.to));
            builder.arrow(from, to, Line::Solid, vec![label(edge)]);
        }
    }
    for ((reader, writer), topics) in events_between(graph) {
        if shown(reader) && shown(writer) {
            let (from, to) = (builder.end(graph, End::Service(reader)), builder.end(graph, End::Service(writer)));
            let words =
                if topics.len() == 1 { "events".to_owned() } else { format!("events of {} topics", topics.len()) };
            builder.arrow(from, to, Line::Dashed, vec![words]);
        }
    }
    builder.view
}

/// What a service keeps its data in: `postgres, redis`.
fn technologies(graph: &Graph, service: usize) -> String {
    let stores = graph.out_of(service).filter_map(|(_, edge)| match edge.to {
        End::Node(id) if graph.nodes[id].kind == "datastore" => Some(graph.nodes[id].technology.as_str()),
        _ => None,
    });
    stores.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

/// Pairs of a reader and a writer, with the topics between them. Nobody depends on himself.
#[must_use]
pub fn events_between(graph: &Graph) -> BTreeMap<(usize, usize), BTreeSet<usize>> {
    let mut ends: BTreeMap<usize, (BTreeSet<usize>, BTreeSet<usize>)> = BTreeMap::new();
    for edge in graph.edges.iter().filter(|edge| !edge.is_sync()) {
        let End::Node(topic) = edge.to else { continue };
        let (readers, writers) = ends.entry(topic).or_default();
        if matches!(edge.kind.as_str(), "consume" | "subscribe") { readers } else { writers }.insert(edge.from);
    }
    let mut pairs: BTreeMap<(usize, usize), BTreeSet<usize>> = BTreeMap::new();
    for (topic, (readers, writers)) in ends {
        for reader in &readers {
            for writer in writers.iter().filter(|writer| *writer != reader) {
                pairs.entry((*reader, *writer)).or_default().insert(topic);
            }
        }
    }
    pairs
}

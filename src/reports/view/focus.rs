//! What is around some nodes: all that lies within a number of edges of them, in either direction.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::events::base_topic;
use super::{Builder, View};
use crate::graph::model::ServiceId;
use crate::graph::{Edge, End, Graph};

/// The nodes in focus, each by its id or by its name, and what lies within `depth` edges of one of them. Empty where no
/// node goes by such a name.
#[must_use]
pub fn focus(graph: &Graph, names: &[&str], depth: u32) -> View {
    let services = (0..graph.services.len()).map(End::Service);
    let ends = services.chain((0..graph.nodes.len()).map(End::Node));
    let wanted: BTreeSet<&str> = names.iter().copied().collect();
    let called = |end: &End| wanted.contains(graph.id_of(*end)) || wanted.contains(graph.name_of(*end));
    let asked: Vec<End> = ends.filter(called).collect();
    let near = within(graph, &asked, depth);
    let mut builder = Builder::new(format!("{} in {}", names.join(", "), graph.system));
    for end in &near {
        builder.end(graph, *end);
    }
    let inside = |end: End| near.contains(&end);
    let edges = graph.edges.iter().enumerate();
    builder.edges(graph, edges.filter(|(_, edge)| inside(End::Service(edge.from)) && inside(edge.to)));
    let keys: BTreeSet<&str> = asked.iter().map(|end| graph.id_of(*end)).collect();
    for node in &mut builder.view.nodes {
        node.focus = keys.contains(node.key.as_str());
    }
    builder.view
}

/// What some services depend on and who depends on them, one edge away: topics that are made of another are one with it.
#[must_use]
pub fn around(graph: &Graph, of: &[ServiceId], title: String) -> View {
    let mut builder = Builder::new(title);
    for id in of {
        let place = builder.end(graph, End::Service(*id));
        builder.view.nodes[place].focus = true;
    }
    let mut drawn = BTreeSet::new();
    for edge in &graph.edges {
        if !of.contains(&edge.from) && !matches!(edge.to, End::Service(id) if of.contains(&id)) {
            continue;
        }
        let to = match edge.to {
            End::Node(id) if graph.nodes[id].kind == "topic" => End::Node(base_topic(graph, id)),
            to => to,
        };
        // A topic beside one that is read or written itself is drawn with it.
        if to != edge.to && graph.out_of(edge.from).any(|(_, other)| other.to == to) {
            continue;
        }
        if drawn.insert((edge.from, to, edge.kind.as_str(), edge.contract.as_deref())) {
            builder.edge(graph, &Edge { to, ..edge.clone() });
        }
    }
    builder.view
}

fn within(graph: &Graph, from: &[End], depth: u32) -> BTreeSet<End> {
    let mut neighbours: BTreeMap<End, Vec<End>> = BTreeMap::new();
    for edge in &graph.edges {
        let (a, b) = (End::Service(edge.from), edge.to);
        neighbours.entry(a).or_default().push(b);
        neighbours.entry(b).or_default().push(a);
    }
    let mut seen: BTreeSet<End> = from.iter().copied().collect();
    let mut open: VecDeque<(End, u32)> = from.iter().map(|end| (*end, 0)).collect();
    while let Some((end, distance)) = open.pop_front() {
        if distance == depth {
            continue;
        }
        for next in neighbours.get(&end).into_iter().flatten() {
            if seen.insert(*next) {
                open.push_back((*next, distance + 1));
            }
        }
    }
    seen
}

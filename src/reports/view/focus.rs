//! What is around some nodes: all that lies within a number of edges of them, in either direction.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Builder, View};
use crate::graph::{End, Graph};

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

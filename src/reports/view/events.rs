//! Topics in the direction of the messages, where a topic that is made of another (its retries, its dead letters) is drawn
//! as one with it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Builder, Line, View};
use crate::graph::model::NodeId;
use crate::graph::{End, Graph};

/// Every topic between its producers and its consumers.
#[must_use]
pub fn events(graph: &Graph) -> View {
    let mut builder = Builder::new(format!("Events of {}, in the direction of the messages", graph.system));
    let mut made: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (id, _) in graph.nodes.iter().enumerate().filter(|(_, node)| node.kind == "topic") {
        let base = base_topic(graph, id);
        builder.end(graph, End::Node(base));
        *made.entry(base).or_default() += usize::from(base != id);
    }
    for (base, count) in made.into_iter().filter(|(_, count)| *count > 0) {
        let place = builder.end(graph, End::Node(base));
        builder.view.nodes[place].label.push(format!("and {count} made of it"));
    }
    let mut drawn = BTreeSet::new();
    for edge in graph.edges.iter().filter(|edge| !edge.is_sync()) {
        let End::Node(topic) = edge.to else { continue };
        let base = base_topic(graph, topic);
        let reads = matches!(edge.kind.as_str(), "consume" | "subscribe");
        let service = builder.end(graph, End::Service(edge.from));
        let topic_place = builder.end(graph, End::Node(base));
        // What a reader writes beside the topic that it reads is no message to others.
        if base != topic || !drawn.insert((service, topic_place, reads)) {
            continue;
        }
        let (from, to) = if reads { (topic_place, service) } else { (service, topic_place) };
        builder.arrow(from, to, Line::Dashed, vec![edge.kind.clone()]);
    }
    for (system, topic, kind) in builder.outside(graph) {
        let (from, to) = if kind == "consume" { (topic, system) } else { (system, topic) };
        builder.arrow(from, to, Line::Dashed, vec![format!("{kind} (declared)")]);
    }
    builder.view
}

/// The topic that a topic is made of, by its name: `orders.v1` of `orders.v1.mail.dead-letter`; itself where there is none.
#[must_use]
pub fn base_topic(graph: &Graph, topic: NodeId) -> NodeId {
    let name = graph.nodes[topic].name.as_str();
    let begins = |id: &NodeId| {
        let node = &graph.nodes[*id];
        node.kind == "topic"
            && node.name_known
            && !node.name.is_empty()
            && name.strip_prefix(node.name.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    (0..graph.nodes.len()).filter(begins).min_by_key(|id| graph.nodes[*id].name.len()).unwrap_or(topic)
}

//! Topics: who produces, who consumes. The one view whose arrows follow the messages.

use super::{Builder, Line, View};
use crate::graph::{Confidence, End, Graph};

/// Every topic between its producers and its consumers, in the direction of the messages.
#[must_use]
pub fn topics(graph: &Graph) -> View {
    let mut builder = Builder::new(format!("Topics of {}, in the direction of the messages", graph.system));
    for (id, _) in graph.nodes.iter().enumerate().filter(|(_, node)| node.kind == "topic") {
        builder.end(graph, End::Node(id));
    }
    for edge in graph.edges.iter().filter(|edge| !edge.is_sync()) {
        let service = builder.end(graph, End::Service(edge.from));
        let topic = builder.end(graph, edge.to);
        let reads = matches!(edge.kind.as_str(), "consume" | "subscribe");
        let (from, to) = if reads { (topic, service) } else { (service, topic) };
        let label = match edge.confidence {
            Confidence::Proven => edge.kind.clone(),
            other => format!("{} ({})", edge.kind, other.name()),
        };
        builder.arrow(from, to, Line::Dashed, vec![label]);
    }
    for (system, topic, kind) in builder.outside(graph) {
        let (from, to) = if kind == "consume" { (topic, system) } else { (system, topic) };
        builder.arrow(from, to, Line::Dashed, vec![format!("{kind} (declared)")]);
    }
    builder.view
}

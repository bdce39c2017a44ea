//! The whole system: every service and what it depends on.

use super::{Builder, Line, View};
use crate::graph::{End, Graph};

/// Every service, job, datastore, topic and external, and every edge from the one that depends.
#[must_use]
pub fn system(graph: &Graph) -> View {
    let mut builder = Builder::new(format!("System view of {}", graph.system));
    for id in 0..graph.services.len() {
        builder.end(graph, End::Service(id));
    }
    for id in 0..graph.nodes.len() {
        builder.end(graph, End::Node(id));
    }
    builder.edges(graph, graph.edges.iter().enumerate());
    for (system, topic, kind) in builder.outside(graph) {
        builder.arrow(system, topic, Line::Dashed, vec![format!("{kind} (declared)")]);
    }
    builder.view
}

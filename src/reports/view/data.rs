//! Who owns which data: services, the tables of each datastore, and who writes and who only reads.

use super::{Builder, Line, Shape, View};
use crate::graph::{End, Graph};

/// Every datastore with its tables and the services that touch them. A thick arrow writes, a thin one reads; a datastore
/// whose tables are not known is one box.
#[must_use]
pub fn data(graph: &Graph) -> View {
    let mut builder = Builder::new(format!("Data of {}", graph.system));
    for edge in &graph.edges {
        let End::Node(id) = edge.to else { continue };
        let Some(store) = graph.nodes.get(id).filter(|node| node.kind == "datastore") else { continue };
        let from = builder.end(graph, End::Service(edge.from));
        if edge.tables.is_empty() {
            builder.edge(graph, edge);
            continue;
        }
        let group = builder.group(&format!("{} ({})", store.name, store.technology));
        for (table, writes) in &edge.tables {
            let to = builder.node(&format!("table:{}/{table}", store.id), vec![table.clone()], Shape::Table);
            builder.view.nodes[to].group = Some(group);
            let (line, word) = if *writes { (Line::Thick, "writes") } else { (Line::Solid, "reads") };
            builder.arrow(from, to, line, vec![word.to_owned()]);
        }
    }
    builder.view
}

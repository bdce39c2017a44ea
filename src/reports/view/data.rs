//! Who owns which data: services, the tables of each datastore, and who writes and who only reads.

use std::collections::BTreeSet;

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

/// Tables that a diagram shows before it shows datastores only.
const TABLES: usize = 24;

/// Every datastore with the services that use it: with its tables where they are few, else as one box.
#[must_use]
pub fn stores(graph: &Graph) -> View {
    let mut tables = BTreeSet::new();
    for edge in &graph.edges {
        tables.extend(edge.tables.keys().map(|table| (edge.to, table)));
    }
    if tables.len() <= TABLES {
        return data(graph);
    }
    let mut builder = Builder::new(format!("Datastores of {}", graph.system));
    for edge in &graph.edges {
        let End::Node(id) = edge.to else { continue };
        // A job beside a service that works on the same data says nothing more.
        let (from, path) = (&graph.services[edge.from], &graph.services[edge.from].path);
        let hosted = from.kind == "job"
            && graph.into_end(edge.to).any(|(_, other)| {
                let host = &graph.services[other.from];
                host.kind != "job" && host.path == *path
            });
        if graph.nodes[id].kind != "datastore" || hosted {
            continue;
        }
        let (from, to) = (builder.end(graph, End::Service(edge.from)), builder.end(graph, edge.to));
        let writes = edge.tables.values().any(|writes| *writes);
        let line = if writes { Line::Thick } else { Line::Solid };
        let words = if edge.tables.is_empty() {
            edge.kind.clone()
        } else {
            format!("{} {} tables", edge.kind, edge.tables.len())
        };
        builder.arrow(from, to, line, vec![words]);
    }
    builder.view
}

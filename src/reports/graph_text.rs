//! The graph for a terminal: each service with what it serves and what it depends on, then what is not resolved.

use std::fmt::Write;

use crate::graph::{Confidence, Edge, Graph};

/// The text of a graph.
#[must_use]
pub fn graph_text(graph: &Graph) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(graph, &mut out);
    out
}

fn write_all(graph: &Graph, out: &mut String) -> std::fmt::Result {
    write!(out, "{}", graph.system)?;
    if !graph.environment.is_empty() {
        write!(out, " ({})", graph.environment)?;
    }
    writeln!(out, ": {} services, {} nodes, {} edges", graph.services.len(), graph.nodes.len(), graph.edges.len())?;
    for (id, service) in graph.services.iter().enumerate() {
        let language = service.language.as_deref().map_or_else(String::new, |language| format!(" [{language}]"));
        writeln!(out, "\n{}{language}  {}", service.name, service.path)?;
        for contract in &service.serves {
            writeln!(out, "    serves   {contract}")?;
        }
        for (_, edge) in graph.out_of(id) {
            writeln!(out, "    {:<9}{}", edge.kind, target(graph, edge))?;
        }
    }
    if !graph.unresolved.is_empty() {
        writeln!(out, "\nunresolved")?;
        for of in &graph.unresolved {
            writeln!(out, "    {} at {}: {}", of.what, of.at, of.why)?;
        }
    }
    Ok(())
}

fn target(graph: &Graph, edge: &Edge) -> String {
    let mut text = graph.name_of(edge.to).to_owned();
    if let Some(contract) = &edge.contract {
        let _ = write!(text, "  {contract}");
    }
    if !edge.methods.is_empty() {
        let methods: Vec<&str> = edge.methods.iter().map(String::as_str).collect();
        let _ = write!(text, "  {}", methods.join(", "));
    }
    if edge.confidence != Confidence::Proven {
        let _ = write!(text, "  ({})", edge.because.as_deref().unwrap_or(edge.confidence.name()));
    }
    text
}

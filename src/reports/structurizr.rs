//! The graph in the DSL of Structurizr: one software system, its services, jobs, datastores and topics as containers, what is
//! not ours as systems beside it.
//!
//! Source: <https://docs.structurizr.com/dsl/language>. Names of containers and descriptions of relationships between the same
//! two elements must differ, and `${` begins a substitution.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::naming::Names;
use crate::graph::model::End;
use crate::graph::{Edge, Graph};

/// A workspace with its model, a view of the system among others, and one of its containers.
#[must_use]
pub fn workspace(graph: &Graph) -> String {
    let names = Names::new(graph, '_');
    let system = quoted(&graph.system);
    let mut out = format!("workspace {system} \"Written by loadpath graph.\" {{\n    model {{\n");
    // Writing to a string does not fail.
    let _ = writeln!(out, "        loadpath_system = softwareSystem {system} {{");
    for end in names.inside() {
        let (technology, tag) = kind(graph, end);
        let id = names.id(end);
        let _ = writeln!(
            out,
            "            {id} = container {} \"\" {} {}",
            quoted(names.title(end)),
            quoted(&technology),
            quoted(tag)
        );
    }
    out.push_str("        }\n");
    for end in names.outside() {
        let _ =
            writeln!(out, "        {} = softwareSystem {} \"\" \"External\"", names.id(end), quoted(names.title(end)));
    }
    for ((from, to), lines) in relationships(graph, &names) {
        for (says, technology, is_sync) in lines {
            let tag = if is_sync { "" } else { " \"Asynchronous\"" };
            let _ = writeln!(out, "        {from} -> {to} {} {}{tag}", quoted(&says), quoted(&technology));
        }
    }
    out.push_str(VIEWS);
    out
}

const VIEWS: &str = r#"    }
    views {
        systemContext loadpath_system "context" {
            include *
            autoLayout lr
        }
        container loadpath_system "containers" {
            include *
            autoLayout lr
        }
        styles {
            element "Datastore" {
                shape Cylinder
            }
            element "Topic" {
                shape Pipe
            }
            element "Job" {
                shape Component
            }
            element "External" {
                background #999999
            }
            relationship "Asynchronous" {
                style dashed
            }
        }
    }
}
"#;

/// Technology and tag of an element.
fn kind(graph: &Graph, end: End) -> (String, &'static str) {
    match end {
        End::Service(id) => {
            let service = &graph.services[id];
            let language = service.language.clone().unwrap_or_else(|| "Rust".to_owned());
            (language, if service.kind == "job" { "Job" } else { "Service" })
        }
        End::Node(id) => {
            let node = &graph.nodes[id];
            (node.technology.clone(), if node.kind == "topic" { "Topic" } else { "Datastore" })
        }
    }
}

type Line = (String, String, bool);

/// Relationships by their ends; each description once.
fn relationships(graph: &Graph, names: &Names) -> BTreeMap<(String, String), Vec<Line>> {
    let mut all: BTreeMap<(String, String), Vec<Line>> = BTreeMap::new();
    let mut said: BTreeSet<(End, End, String)> = BTreeSet::new();
    for edge in &graph.edges {
        let from = End::Service(edge.from);
        let says = says(edge);
        // What calls itself has no relationship in C4.
        if from != edge.to && said.insert((from, edge.to, says.clone())) {
            let ends = (names.id(from).to_owned(), names.id(edge.to).to_owned());
            all.entry(ends).or_default().push((says, edge.kind.clone(), edge.is_sync()));
        }
    }
    all
}

/// What an edge is for: its methods, else what it is.
fn says(edge: &Edge) -> String {
    match (edge.kind.as_str(), edge.methods.is_empty()) {
        ("grpc" | "http", false) => edge.methods.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        (kind, _) => kind.to_owned(),
    }
}

/// A text between quotes.
fn quoted(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    format!("\"{}\"", plain.replace("${", "$ {").trim())
}

//! The graph for a terminal: each service with what it serves and what it depends on, then what they share, then what
//! could not be resolved. 100 columns, aligned, without colours.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::summary::counted;
use super::text::printable;
use crate::graph::{Confidence, Edge, End, Graph, Node, Service};

/// Columns of a line.
const WIDTH: usize = 100;
/// Columns in front of what stands beside a word such as `serves` or `grpc`.
const MARGIN: usize = 13;
/// Columns of names, at most: a longer one pushes what follows to the right.
const LONGEST_NAME: usize = 36;
/// Columns of what stands beside a name, at least.
const LEAST: usize = 20;

/// The graph as text.
#[must_use]
pub fn text(graph: &Graph) -> String {
    let mut out = String::new();
    head(&mut out, graph);
    let mut by_service: Vec<Vec<&Edge>> = vec![Vec::new(); graph.services.len()];
    let mut by_target: BTreeMap<End, Vec<&Edge>> = BTreeMap::new();
    for edge in &graph.edges {
        by_target.entry(edge.to).or_default().push(edge);
        if let Some(edges) = by_service.get_mut(edge.from) {
            edges.push(edge);
        }
    }
    for (service, edges) in graph.services.iter().zip(&by_service) {
        out.push('\n');
        unit(&mut out, graph, service, edges);
    }
    for (kind, heading) in [("datastore", "datastores"), ("topic", "topics"), ("external", "externals")] {
        nodes(&mut out, graph, &by_target, (kind, heading));
    }
    unresolved(&mut out, graph);
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn head(out: &mut String, graph: &Graph) {
    let services = |kind: &str| graph.services.iter().filter(|service| service.kind == kind).count();
    let nodes = |kind: &str| graph.nodes.iter().filter(|node| node.kind == kind).count();
    let counts = [
        (services("service"), "service", "services"),
        (services("job"), "job", "jobs"),
        (nodes("datastore"), "datastore", "datastores"),
        (nodes("topic"), "topic", "topics"),
        (nodes("external"), "external", "externals"),
        (graph.edges.len(), "edge", "edges"),
    ];
    let counts =
        counts.into_iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(count, one, many));
    let mut counts = counts.collect::<Vec<_>>().join(", ");
    if counts.is_empty() {
        counts.push_str("nothing found");
    }
    // Writing to a string does not fail; so for all below.
    let _ = writeln!(out, "{}: {counts}", plain(&graph.system));
    if !graph.environment.is_empty() {
        let _ = writeln!(out, "environment {}", plain(&graph.environment));
    }
}

fn unit(out: &mut String, graph: &Graph, service: &Service, edges: &[&Edge]) {
    let mut about = Vec::new();
    if service.kind != "service" {
        about.push(plain(&service.kind));
    }
    about.extend(service.language.as_deref().map(plain));
    about.extend(Some(plain(&service.path)).filter(|path| !path.is_empty()));
    about.extend(service.workload_names.iter().map(|name| plain(name)));
    let name = plain(&service.name);
    wrapped(out, &format!("{name}  "), 4, &about.join(", "));
    if !service.serves.is_empty() {
        let serves: Vec<String> = service.serves.iter().map(|contract| plain(contract)).collect();
        wrapped(out, &beside("serves"), MARGIN, &serves.join(", "));
    }
    entries(out, graph, service);
    let mut kinds: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in edges {
        kinds.entry(&edge.kind).or_default().push(edge);
    }
    let names = edges.iter().map(|edge| plain(called(graph, edge.to)).chars().count());
    let width = names.max().unwrap_or_default().min(LONGEST_NAME);
    for (kind, edges) in &kinds {
        for (index, edge) in edges.iter().enumerate() {
            let word = if index == 0 { kind } else { "" };
            depends(out, graph, edge, word, width);
        }
    }
}

/// How many entry points of each kind: their names fill pages.
fn entries(out: &mut String, graph: &Graph, service: &Service) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in service.entries.iter().filter_map(|id| graph.entries.get(*id)) {
        *kinds.entry(&entry.kind).or_default() += 1;
    }
    let counts: Vec<String> = kinds
        .into_iter()
        .filter(|(kind, _)| *kind != "startup")
        .map(|(kind, count)| counted(count, kind, &format!("{kind}s")))
        .collect();
    if !counts.is_empty() {
        wrapped(out, &beside("entries"), MARGIN, &counts.join(", "));
    }
}

/// One edge: its target, its confidence, its methods or tables, each column under the other.
fn depends(out: &mut String, graph: &Graph, edge: &Edge, word: &str, width: usize) {
    let table = |(name, writes): (&String, &bool)| format!("{}{}", plain(name), if *writes { " (w)" } else { "" });
    let methods = || edge.methods.iter().map(|method| plain(method)).collect::<Vec<_>>();
    let what = if edge.tables.is_empty() { methods() } else { edge.tables.iter().map(table).collect() };
    let mut what = what.join(", ");
    if what.is_empty() {
        what.push_str(&edge.contract.as_deref().map(plain).unwrap_or_default());
    }
    if let (Confidence::Likely | Confidence::Declared, Some(because)) = (edge.confidence, &edge.because) {
        // Why it is no more than likely.
        let _ = write!(what, " - {}", plain(because));
    }
    let (name, confidence) = (plain(called(graph, edge.to)), edge.confidence.name());
    wrapped(out, &format!("{}{name:width$}  {confidence:8}  ", beside(word)), MARGIN + width + 12, &what);
}

fn nodes(out: &mut String, graph: &Graph, by_target: &BTreeMap<End, Vec<&Edge>>, (kind, heading): (&str, &str)) {
    let all: Vec<(usize, &Node)> = graph.nodes.iter().enumerate().filter(|(_, node)| node.kind == kind).collect();
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{heading}");
    let name_of = |id: usize| plain(called(graph, End::Node(id)));
    let width = all.iter().map(|(id, _)| name_of(*id).chars().count()).max().unwrap_or_default().min(LONGEST_NAME);
    for (id, node) in all {
        let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for edge in by_target.get(&End::Node(id)).into_iter().flatten() {
            let by = match edge.kind.as_str() {
                "produce" | "publish" => "from",
                "consume" | "subscribe" => "to",
                _ => "used by",
            };
            let name = plain(graph.name_of(End::Service(edge.from)));
            let names = users.entry(by).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for (by, systems) in [("from", &node.produced_by), ("to", &node.consumed_by)] {
            let systems = systems.iter().map(|name| format!("{} (outside)", plain(name)));
            users.entry(by).or_default().extend(systems);
        }
        users.retain(|_, names| !names.is_empty());
        let mut about: Vec<String> = Vec::new();
        if !node.name_known {
            about.push("name not known".to_owned());
        }
        let name = name_of(id);
        if !node.technology.is_empty() && !name.starts_with(&format!("{}/", node.technology)) {
            about.push(plain(&node.technology));
        }
        about.extend(node.server.as_deref().map(|server| format!("at {}", plain(server))));
        let by = ["from", "to", "used by"].into_iter();
        about.extend(by.filter_map(|by| Some(format!("{by} {}", users.get(by)?.join(", ")))));
        wrapped(out, &format!("  {name:width$}  "), 2 + width + 2, &about.join("; "));
    }
}

fn unresolved(out: &mut String, graph: &Graph) {
    if !graph.unresolved.is_empty() {
        let _ = writeln!(out, "\nunresolved");
    }
    for call in &graph.unresolved {
        let service = call.service.as_deref().map(|service| format!(" of {}", plain(service))).unwrap_or_default();
        let _ = writeln!(out, "  {}:{}", plain(&call.at.file), call.at.line);
        wrapped(out, "      ", 6, &format!("{}{service}: {}", plain(&call.what), plain(&call.why)));
    }
    if !graph.notes.is_empty() {
        let _ = writeln!(out, "\nnot joined");
    }
    for (at, note) in &graph.notes {
        if let Some(at) = at {
            let _ = writeln!(out, "  {}:{}", plain(&at.file), at.line);
        }
        wrapped(out, "      ", 6, &plain(note));
    }
}

/// A word in the margin.
fn beside(word: &str) -> String {
    format!("  {:width$}", plain(word), width = MARGIN - 2)
}

/// Words behind a lead, wrapped under the column where they start.
fn wrapped(out: &mut String, lead: &str, column: usize, text: &str) {
    out.push_str(lead);
    let column = column.min(WIDTH - LEAST);
    let (mut at, mut first) = (lead.chars().count(), true);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !first && at + 1 + length > WIDTH {
            let _ = write!(out, "\n{:column$}", "");
            at = column;
        } else if !first {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += length;
        first = false;
    }
    out.push('\n');
}

/// What a node is called beside others: its id without its kind, `postgres/cart`.
pub(super) fn called(graph: &Graph, end: End) -> &str {
    graph.called(end)
}

fn plain(text: &str) -> String {
    printable(text).replace('\n', " ")
}

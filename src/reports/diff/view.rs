//! A change as a diagram: what is added and removed is marked, what stands beside it is shown, the rest is one box.

use std::collections::BTreeMap;

use super::{Change, beyond};
use crate::graph::delta::{Link, Turn};
use crate::graph::{End, Graph};
use crate::reports::view::{Arrow, Line, Mark, Node, Shape, View};

/// Kinds of parts that are boxes.
const BOXES: &[&str] = &["service", "job", "datastore", "topic", "external"];

/// The diagram of a change; nothing where neither a box nor an arrow is other.
#[must_use]
pub fn view(change: Change<'_>) -> Option<View> {
    let boxes = change.delta.parts.iter().filter(|part| BOXES.contains(&part.kind.as_str()));
    let boxes: BTreeMap<&str, Turn> = boxes.map(|part| (part.id.as_str(), part.change)).collect();
    if boxes.is_empty() && change.delta.edges.is_empty() {
        return None;
    }
    let mut drawn: BTreeMap<&str, Turn> = boxes.clone();
    for edge in &change.delta.edges {
        drawn.entry(&edge.from).or_insert(Turn::Changed);
        drawn.entry(&edge.to).or_insert(Turn::Changed);
    }
    let mut view = View { title: format!("What changes in {}", change.after.system), ..View::default() };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, turn) in &drawn {
        places.insert(id, view.nodes.len());
        // What only stands beside something is not marked.
        let turn = boxes.get(id).map_or(Turn::Changed, |_| *turn);
        view.nodes.push(node(id, change, turn, boxes.contains_key(id)));
    }
    for edge in &change.delta.edges {
        if let (Some(from), Some(to)) = (places.get(edge.from.as_str()), places.get(edge.to.as_str())) {
            let line = if is_sync(&edge.kind) { Line::Solid } else { Line::Dashed };
            view.edges.push(Arrow { from: *from, to: *to, labels: vec![label(edge)], line, mark: mark(edge.change) });
        }
    }
    // What stays between boxes that are drawn.
    let key = |link: &Link| (link.from.clone(), link.to.clone(), link.kind.clone());
    let other: Vec<_> = change.delta.edges.iter().map(key).collect();
    for edge in &change.after.edges {
        let (from, to) = (change.after.id_of(End::Service(edge.from)), change.after.id_of(edge.to));
        let is_other = other.contains(&(from.to_owned(), to.to_owned(), edge.kind.clone()));
        if let (Some(from), Some(to), false) = (places.get(from), places.get(to), is_other) {
            let line = if edge.is_sync() { Line::Solid } else { Line::Dashed };
            view.edges.push(Arrow { from: *from, to: *to, labels: vec![edge.kind.clone()], line, mark: Mark::None });
        }
    }
    let all = change.after.services.len() + change.after.nodes.len();
    let shown = drawn.keys().filter(|id| find(change.after, id).is_some()).count();
    if all > shown {
        let label = vec![format!("{} more, as before", all - shown)];
        view.nodes.push(Node {
            key: String::new(),
            label,
            shape: Shape::External,
            group: None,
            focus: false,
            mark: Mark::None,
        });
    }
    Some(view)
}

fn mark(turn: Turn) -> Mark {
    match turn {
        Turn::Added => Mark::Added,
        Turn::Removed => Mark::Removed,
        Turn::Changed => Mark::None,
    }
}

fn is_sync(kind: &str) -> bool {
    !matches!(kind, "produce" | "consume" | "publish" | "subscribe")
}

/// An end of the graph by its id.
fn find(graph: &Graph, id: &str) -> Option<End> {
    let service = graph.services.iter().position(|of| of.id == id).map(End::Service);
    service.or_else(|| graph.nodes.iter().position(|of| of.id == id).map(End::Node))
}

/// A box. Its mark is said in words too: a picture in one colour must tell it as well.
fn node(id: &str, change: Change<'_>, turn: Turn, is_other: bool) -> Node {
    let graph = if find(change.after, id).is_some() { change.after } else { change.before };
    let (name, technology, shape) = match find(graph, id) {
        Some(End::Service(of)) => {
            let service = &graph.services[of];
            (service.name.clone(), "", if service.kind == "job" { Shape::Job } else { Shape::Service })
        }
        Some(End::Node(of)) => {
            let node = &graph.nodes[of];
            let shape = match node.kind.as_str() {
                "datastore" => Shape::Datastore,
                "topic" => Shape::Topic,
                _ => Shape::External,
            };
            (node.name.clone(), node.technology.as_str(), shape)
        }
        None => (id.to_owned(), "", Shape::External),
    };
    let mut label = vec![name];
    label.extend((!technology.is_empty()).then(|| technology.to_owned()));
    label.extend(is_other.then(|| word(turn).to_owned()));
    Node { key: id.to_owned(), label, shape, group: None, focus: is_other, mark: mark(turn) }
}

fn word(turn: Turn) -> &'static str {
    match turn {
        Turn::Added => "added",
        Turn::Removed => "removed",
        Turn::Changed => "changed",
    }
}

fn label(edge: &Link) -> String {
    let methods: Vec<_> = edge.details.iter().filter(|detail| detail.what == "methods").cloned().collect();
    let methods = beyond(edge.change, &methods).replacen("methods ", "", 1);
    let methods = if matches!(edge.kind.as_str(), "grpc" | "http") { methods } else { String::new() };
    format!("{} {} {methods}", word(edge.change), edge.kind).trim_end().to_owned()
}

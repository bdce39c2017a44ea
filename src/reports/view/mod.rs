//! A part of the graph to look at, as boxes and arrows: plain data that every painter of diagrams reads.
//!
//! `Graph -> View -> fit -> painter`. Words are as the project has them; each painter escapes in its own way.

mod contexts;
mod data;
mod deployment;
mod events;
mod fit;
mod focus;
mod services;
mod system;
mod topics;

use std::collections::BTreeMap;

pub use contexts::{context, contexts, of_services};
pub use data::{data, stores};
pub use deployment::{deployment, placed};
pub use events::{base_topic, events};
pub use fit::fit;
pub use focus::{around, focus};
pub use services::{events_between, services};
pub use system::system;
pub use topics::topics;

use crate::graph::model::EdgeId;
use crate::graph::{Confidence, Edge, End, Graph};

/// A diagram before it is painted. Arrows name boxes, and boxes name groups, by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// What it shows, in a few words.
    pub title: String,
    /// What was left out, a sentence each.
    pub notes: Vec<String>,
    /// Names of the groups that boxes stand in.
    pub groups: Vec<String>,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Arrow>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it stands for, once in a view: the id in the graph.
    pub key: String,
    /// Its words, a line each.
    pub label: Vec<String>,
    /// Its shape.
    pub shape: Shape,
    /// The group that it stands in.
    pub group: Option<usize>,
    /// Whether the view is about it.
    pub focus: bool,
    /// What happened to it.
    pub mark: Mark,
}

/// What happened to a box or an arrow, where a view shows a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing, or no change is shown.
    #[default]
    None,
    /// It was not there.
    Added,
    /// It is there no more.
    Removed,
}

/// What a box looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A service.
    Service,
    /// A job.
    Job,
    /// A datastore.
    Datastore,
    /// A table of a datastore.
    Table,
    /// A topic.
    Topic,
    /// A system that is not ours.
    External,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The box that it starts at.
    pub from: usize,
    /// The box that it points at.
    pub to: usize,
    /// Its words, each one thing that it stands for.
    pub labels: Vec<String>,
    /// How it is drawn.
    pub line: Line,
    /// What happened to it.
    pub mark: Mark,
}

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// The caller waits.
    Solid,
    /// Nobody waits.
    Dashed,
    /// It changes what it points at.
    Thick,
}

/// Makes a view of a graph.
pub type Make = fn(&Graph) -> View;

/// The views that need no more than the graph, by the names that people ask for them with.
pub const VIEWS: &[(&str, Make)] = &[
    ("contexts", contexts),
    ("data", data),
    ("deployment", deployment),
    ("events", events),
    ("services", services),
    ("system", system),
    ("topics", topics),
];

/// Methods that a label names before it counts the others.
const NAMED: usize = 2;

/// A view of some nodes and edges of the graph.
#[derive(Debug, Default)]
struct Builder {
    view: View,
    places: BTreeMap<String, usize>,
    groups: BTreeMap<String, usize>,
}

impl Builder {
    fn new(title: String) -> Self {
        Self { view: View { title, ..View::default() }, ..Self::default() }
    }

    /// The box of an end of the graph's edges.
    fn end(&mut self, graph: &Graph, end: End) -> usize {
        let (shape, label) = match end {
            End::Service(id) => {
                let service = &graph.services[id];
                let shape = if service.kind == "job" { Shape::Job } else { Shape::Service };
                let mut label = vec![service.name.clone()];
                label.extend(service.language.clone());
                (shape, label)
            }
            End::Node(id) => {
                let node = &graph.nodes[id];
                let shape = match node.kind.as_str() {
                    "datastore" => Shape::Datastore,
                    "topic" => Shape::Topic,
                    _ => Shape::External,
                };
                let mut label = vec![node.name.clone()];
                if !node.technology.is_empty() {
                    label.push(node.technology.clone());
                }
                (shape, label)
            }
        };
        self.node(graph.id_of(end), label, shape)
    }

    fn node(&mut self, key: &str, label: Vec<String>, shape: Shape) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = self.view.nodes.len();
        self.view.nodes.push(Node { key: key.to_owned(), label, shape, group: None, focus: false, mark: Mark::None });
        self.places.insert(key.to_owned(), place);
        place
    }

    /// The group of that name.
    fn group(&mut self, name: &str) -> usize {
        let next = self.view.groups.len();
        let place = *self.groups.entry(name.to_owned()).or_insert(next);
        if place == next {
            self.view.groups.push(name.to_owned());
        }
        place
    }

    fn arrow(&mut self, from: usize, to: usize, line: Line, labels: Vec<String>) {
        self.view.edges.push(Arrow { from, to, labels, line, mark: Mark::None });
    }

    /// The arrow of an edge, from the one that depends.
    fn edge(&mut self, graph: &Graph, edge: &Edge) {
        let from = self.end(graph, End::Service(edge.from));
        let to = self.end(graph, edge.to);
        let line = if edge.is_sync() { Line::Solid } else { Line::Dashed };
        self.arrow(from, to, line, vec![label(edge)]);
    }

    /// The boxes of systems outside that write and read topics, each with what it does there.
    fn outside(&mut self, graph: &Graph) -> Vec<(usize, usize, &'static str)> {
        let mut found = Vec::new();
        for (id, node) in graph.nodes.iter().enumerate() {
            let produced = node.produced_by.iter().map(|name| (name, "produce"));
            for (name, kind) in produced.chain(node.consumed_by.iter().map(|name| (name, "consume"))) {
                let topic = self.end(graph, End::Node(id));
                let system = self.node(&format!("external:{name}"), vec![name.clone()], Shape::External);
                found.push((system, topic, kind));
            }
        }
        found
    }

    fn edges<'g>(&mut self, graph: &'g Graph, edges: impl IntoIterator<Item = (EdgeId, &'g Edge)>) {
        for (_, edge) in edges {
            self.edge(graph, edge);
        }
    }
}

/// `grpc Quote, Reserve`, `sql (declared)`.
fn label(edge: &Edge) -> String {
    let mut label = edge.kind.clone();
    let methods: Vec<&str> = edge.methods.iter().map(String::as_str).collect();
    let named = methods.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if !named.is_empty() && matches!(edge.kind.as_str(), "grpc" | "http") {
        label = format!("{label} {named}");
        if methods.len() > NAMED {
            label = format!("{label} +{}", methods.len() - NAMED);
        }
    }
    // Said in words: a picture in one colour must tell it as well.
    match edge.confidence {
        Confidence::Proven => label,
        other => format!("{label} ({})", other.name()),
    }
}

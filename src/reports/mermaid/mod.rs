//! Diagrams as Mermaid text, safe to paste where GitHub draws them: quoted and escaped labels, ids of our own, one
//! statement a line, an order that stays, and no more than GitHub accepts.

mod escape;
mod sequence;

use serde::Serialize;

use super::templates::{TemplateError, Templates};
use super::view::{self, Line, Mark, Shape, View, fit};
use crate::graph::Graph;

use escape::{comment, ids, label};
pub use sequence::{
    Block, BlockKind, Branch, Message, MessageKind, Note, Participant, ParticipantKind, Sequence, Step, sequence,
};

/// Edges of a diagram. GitHub draws 500.
pub const MAX_EDGES: usize = 450;
/// Characters of a diagram. GitHub draws 50,000.
pub const MAX_CHARACTERS: usize = 45_000;

/// The whole system.
///
/// # Errors
/// When a team's template cannot be filled; so for all views.
pub fn system(graph: &Graph, templates: &Templates) -> Result<String, TemplateError> {
    paint(view::system(graph), templates)
}

/// What is within `depth` edges of the named nodes.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn focus(graph: &Graph, names: &[&str], depth: u32, templates: &Templates) -> Result<String, TemplateError> {
    paint(view::focus(graph, names, depth), templates)
}

/// Who owns which data.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn data(graph: &Graph, templates: &Templates) -> Result<String, TemplateError> {
    paint(view::data(graph), templates)
}

/// Topics between producers and consumers.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn topics(graph: &Graph, templates: &Templates) -> Result<String, TemplateError> {
    paint(view::topics(graph), templates)
}

/// What runs where.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn deployment(graph: &Graph, templates: &Templates) -> Result<String, TemplateError> {
    paint(view::deployment(graph), templates)
}

/// A view as a flowchart, made smaller until GitHub draws it.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn paint(view: View, templates: &Templates) -> Result<String, TemplateError> {
    let fits = |view: &View| {
        let short = || fill(view, templates).is_ok_and(|text| text.chars().count() <= MAX_CHARACTERS);
        view.edges.len() <= MAX_EDGES && short()
    };
    fill(&fit(view, &fits), templates)
}

fn fill(view: &View, templates: &Templates) -> Result<String, TemplateError> {
    templates.fill("mermaid/flowchart.mmd.tera", &flowchart(view))
}

/// What the template of a flowchart is filled with; every word is escaped already.
#[derive(Serialize)]
struct Flowchart {
    title: String,
    notes: Vec<String>,
    groups: Vec<Group>,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// Places of the arrows that are added, and of those that are removed; empty where there are none.
    added: String,
    removed: String,
    /// Whether boxes or arrows are marked at all.
    marked: bool,
}

#[derive(Serialize)]
struct Group {
    id: String,
    label: String,
    nodes: Vec<Node>,
}

#[derive(Serialize)]
struct Node {
    id: String,
    open: &'static str,
    label: String,
    close: &'static str,
    class: &'static str,
}

#[derive(Serialize)]
struct Edge {
    from: String,
    arrow: &'static str,
    label: String,
    to: String,
}

fn flowchart(view: &View) -> Flowchart {
    let ids = ids(view.nodes.iter().map(|node| (prefix(node.shape), node.label.first().map_or("", String::as_str))));
    let group_ids = escape::ids(view.groups.iter().map(|name| ("group", name.as_str())));
    let mut groups: Vec<Group> = view
        .groups
        .iter()
        .zip(group_ids)
        .map(|(name, id)| Group { id, label: label(std::slice::from_ref(name)), nodes: Vec::new() })
        .collect();
    let mut nodes = Vec::new();
    for (node, id) in view.nodes.iter().zip(&ids) {
        let (open, close) = brackets(node.shape);
        let class = match node.mark {
            Mark::Added => ":::added",
            Mark::Removed => ":::removed",
            Mark::None if node.focus => ":::focus",
            Mark::None => "",
        };
        let painted = Node { id: id.clone(), open, label: label(&node.label), close, class };
        match node.group.and_then(|group| groups.get_mut(group)) {
            Some(group) => group.nodes.push(painted),
            None => nodes.push(painted),
        }
    }
    groups.retain(|group| !group.nodes.is_empty());
    let id = |place: usize| ids.get(place).cloned().unwrap_or_default();
    let edges = view
        .edges
        .iter()
        .map(|edge| Edge { from: id(edge.from), arrow: arrow(edge.line), label: label(&edge.labels), to: id(edge.to) })
        .collect();
    let notes = view.notes.iter().map(|note| comment(note)).collect();
    let places = |mark: Mark| {
        let marked = view.edges.iter().enumerate().filter(|(_, edge)| edge.mark == mark);
        marked.map(|(place, _)| place.to_string()).collect::<Vec<_>>().join(",")
    };
    let (added, removed) = (places(Mark::Added), places(Mark::Removed));
    let marked = !added.is_empty() || !removed.is_empty() || view.nodes.iter().any(|node| node.mark != Mark::None);
    Flowchart { title: comment(&view.title), notes, groups, nodes, edges, added, removed, marked }
}

fn prefix(shape: Shape) -> &'static str {
    match shape {
        Shape::Service => "service",
        Shape::Job => "job",
        Shape::Datastore => "store",
        Shape::Table => "table",
        Shape::Topic => "topic",
        Shape::External => "external",
    }
}

fn brackets(shape: Shape) -> (&'static str, &'static str) {
    match shape {
        Shape::Service | Shape::Table => ("[", "]"),
        Shape::Job => ("[[", "]]"),
        Shape::Datastore => ("[(", ")]"),
        Shape::Topic => ("{{", "}}"),
        Shape::External => ("([", "])"),
    }
}

fn arrow(line: Line) -> &'static str {
    match line {
        Line::Solid => "-->",
        Line::Dashed => "-.->",
        Line::Thick => "==>",
    }
}

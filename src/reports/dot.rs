//! A view as text for Graphviz.

use serde::Serialize;

use super::templates::{TemplateError, Templates};
use super::view::{Line, Shape, View};

/// A view as a directed graph of DOT.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn paint(view: &View, templates: &Templates) -> Result<String, TemplateError> {
    let mut clusters: Vec<Cluster> =
        view.groups.iter().map(|name| Cluster { label: words(name), nodes: Vec::new() }).collect();
    let mut nodes = Vec::new();
    for (place, node) in view.nodes.iter().enumerate() {
        let label = node.label.iter().map(|line| words(line)).collect::<Vec<_>>().join("\\n");
        let drawn =
            Node { id: format!("n{place}"), label, shape: shape(node.shape), width: if node.focus { 3 } else { 1 } };
        match node.group.and_then(|group| clusters.get_mut(group)) {
            Some(cluster) => cluster.nodes.push(drawn),
            None => nodes.push(drawn),
        }
    }
    let edges = view.edges.iter().map(|edge| Edge {
        from: format!("n{}", edge.from),
        to: format!("n{}", edge.to),
        label: edge.labels.iter().map(|label| words(label)).collect::<Vec<_>>().join("\\n"),
        style: match edge.line {
            Line::Solid => "solid",
            Line::Dashed => "dashed",
            Line::Thick => "bold",
        },
    });
    let graph = Graph { title: words(&view.title), clusters, nodes, edges: edges.collect() };
    templates.fill("dot/graph.dot.tera", &graph)
}

/// What the template is filled with; every word is escaped already.
#[derive(Serialize)]
struct Graph {
    title: String,
    clusters: Vec<Cluster>,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Serialize)]
struct Cluster {
    label: String,
    nodes: Vec<Node>,
}

#[derive(Serialize)]
struct Node {
    id: String,
    label: String,
    shape: &'static str,
    width: u8,
}

#[derive(Serialize)]
struct Edge {
    from: String,
    to: String,
    label: String,
    style: &'static str,
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Service => "box",
        Shape::Job => "box3d",
        Shape::Datastore => "cylinder",
        Shape::Table => "note",
        Shape::Topic => "hexagon",
        Shape::External => "oval",
    }
}

/// Words between quotes. Line ends and other control characters are none of a name.
fn words(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

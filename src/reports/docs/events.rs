//! Topics: who writes them, who reads them, and which ones are made of others.

use super::document::{Page, Piece, code, listed, words};
use super::subject::{Scope, counted};
use crate::graph::model::{End, NodeId};
use crate::reports::view;

pub(super) fn page(scope: &Scope<'_>) -> Option<Page> {
    let graph = scope.model.graph;
    let topics: Vec<NodeId> = (0..graph.nodes.len()).filter(|id| graph.nodes[*id].kind == "topic").collect();
    if topics.is_empty() {
        return None;
    }
    let mut page = Page::new("events", "Events");
    page.own("introduction");
    page.diagram("topics", view::events(graph));
    page.says("Arrows follow the messages: from those who write a topic over the topic to those who read it.");
    page.heading("Topics");
    let base = |id: NodeId| view::base_topic(graph, id);
    let rows = topics.iter().filter(|id| base(**id) == **id).map(|id| {
        let node = &graph.nodes[*id];
        let derived = topics.iter().filter(|other| *other != id && base(**other) == *id);
        let short = |other: &NodeId| {
            let name = graph.nodes[*other].name.as_str();
            code(format!("…{}", name.strip_prefix(node.name.as_str()).unwrap_or(name)))
        };
        vec![
            vec![code(node.name.clone()), words(unsure(node.name_known))],
            vec![words(node.technology.clone())],
            ends(scope, *id, &["produce", "publish"], &node.produced_by),
            ends(scope, *id, &["consume", "subscribe"], &node.consumed_by),
            listed(derived.map(short), 4),
        ]
    });
    page.table(&["topic", "technology", "written by", "read by", "made of it"], rows.collect());
    let open = graph.nodes.iter().filter(|node| node.kind == "topic" && !node.name_known).count();
    if open > 0 {
        page.says(&format!(
            "Of {} a part of the name is known only when the service runs: it is written as `*`.",
            counted(open, "topic", "topics")
        ));
    }
    page.own("notes");
    Some(page)
}

fn unsure(known: bool) -> &'static str {
    if known { "" } else { " (pattern)" }
}

/// Services and systems of others at one end of a topic.
fn ends(scope: &Scope<'_>, topic: NodeId, kinds: &[&str], outside: &[String]) -> Vec<Piece> {
    let graph = scope.model.graph;
    let edges = graph.into_end(End::Node(topic)).filter(|(_, edge)| kinds.contains(&edge.kind.as_str()));
    let mut services: Vec<usize> = edges.map(|(_, edge)| edge.from).collect();
    services.sort_unstable();
    services.dedup();
    let others = outside.iter().map(|name| words(format!("{name} (not ours)")));
    listed(services.into_iter().map(|id| scope.service(id)).chain(others), 8)
}

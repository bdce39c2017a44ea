//! Gathers edges: what one place after another says of the same dependency becomes one edge.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::model::{Confidence, Edge, End, Graph, Node};
use crate::span::Span;

/// Edges under construction, by their identity.
#[derive(Default)]
pub(crate) struct Edges {
    edges: BTreeMap<(usize, End, String, Option<String>), Edge>,
}

/// One place that makes an edge.
pub(crate) struct Made {
    pub from: usize,
    pub to: End,
    pub kind: &'static str,
    pub contract: Option<String>,
    pub method: Option<String>,
    pub confidence: Confidence,
    pub because: Option<String>,
    pub effect: Option<usize>,
    pub at: Span,
}

impl Edges {
    /// Adds what one place says.
    pub(crate) fn add(&mut self, made: Made) -> &mut Edge {
        let key = (made.from, made.to, made.kind.to_owned(), made.contract.clone());
        let edge = self.edges.entry(key).or_insert_with(|| Edge {
            from: made.from,
            to: made.to,
            kind: made.kind.to_owned(),
            contract: made.contract,
            methods: BTreeSet::new(),
            confidence: made.confidence,
            because: made.because.clone(),
            effects: Vec::new(),
            tables: BTreeMap::new(),
            evidence: Vec::new(),
        });
        if made.confidence < edge.confidence {
            edge.confidence = made.confidence;
            edge.because = made.because;
        }
        edge.methods.extend(made.method);
        edge.effects.extend(made.effect);
        edge.evidence.push(made.at);
        edge
    }

    /// Whether a service has an edge of a kind.
    pub(crate) fn has(&self, from: usize, kind: &str) -> bool {
        self.edges.keys().any(|(known, _, of, _)| *known == from && of == kind)
    }

    /// Moves the edges into the graph, nodes sorted by id.
    pub(crate) fn into_graph(self, graph: &mut Graph) {
        let mut order: Vec<usize> = (0..graph.nodes.len()).collect();
        order.sort_by(|a, b| graph.nodes[*a].id.cmp(&graph.nodes[*b].id));
        let mut moved = vec![0; order.len()];
        for (position, id) in order.iter().enumerate() {
            moved[*id] = position;
        }
        let nodes: Vec<Node> = order.iter().map(|id| graph.nodes[*id].clone()).collect();
        graph.nodes = nodes;
        for node in &mut graph.nodes {
            node.evidence.sort();
            node.evidence.dedup();
        }
        let mut edges: Vec<Edge> = self.edges.into_values().collect();
        for edge in &mut edges {
            if let End::Node(id) = &mut edge.to {
                *id = moved[*id];
            }
            edge.effects.sort_unstable();
            edge.effects.dedup();
            edge.evidence.sort();
            edge.evidence.dedup();
        }
        edges.sort_by(|a, b| (a.from, &a.kind, a.to, &a.contract).cmp(&(b.from, &b.kind, b.to, &b.contract)));
        graph.edges = edges;
    }
}

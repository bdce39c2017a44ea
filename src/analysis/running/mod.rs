//! The graph as it runs against the graph as it is written: what is the same, what is written and was not seen, and what was seen
//! and is not written.
//!
//! Compared is what the graph consists of: services, edges with their methods, datastores, topics and externals. Entry points are
//! told beside it: one that nobody called explains edges that were not seen, and is no difference; one that was called and is not
//! written is. What a trace does not tell is never made up: it is told as open, with what was missing.

mod edges;
mod entries;
mod fits;
mod written;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use self::written::Written;
use crate::config::Config;
use crate::facts::running::{LeftOut, Running, Tally};
use crate::graph::Graph;
use crate::graph::model::{EdgeId, End, EntryId, NodeId, ServiceId};

/// Whether something is written, was seen, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Written and seen.
    Same,
    /// Written, and not seen.
    NotSeen,
    /// Seen, and not written.
    NotWritten,
    /// Written; what was seen does not tell.
    NotTold,
}

/// How often something was seen, and a trace that shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// How often.
    pub times: u64,
    /// How often it failed.
    pub failed: u64,
    /// The first trace in order.
    pub trace: Option<String>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRow {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub service: Option<ServiceId>,
    /// Spans that it sent.
    pub spans: u64,
    /// Where it stands.
    pub standing: Standing,
}

/// A datastore, topic or external.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// Its id.
    pub id: String,
    /// Where it is written.
    pub node: Option<NodeId>,
    /// Where it stands.
    pub standing: Standing,
}

/// A dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeRow {
    /// The service that depends.
    pub from: String,
    /// The id of what it depends on.
    pub to: String,
    /// Its kind.
    pub kind: String,
    /// Its contract, for gRPC.
    pub contract: Option<String>,
    /// Where it is written.
    pub edge: Option<EdgeId>,
    /// Where it stands.
    pub standing: Standing,
    /// How often it was seen.
    pub sight: Sight,
    /// Its methods.
    pub methods: Vec<MethodRow>,
}

/// A method, route or operation of an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodRow {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub standing: Standing,
    /// How often it was seen.
    pub sight: Sight,
}

/// An RPC or a route that a service serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// The service.
    pub service: String,
    /// `contract/Method` or `VERB /route`.
    pub name: String,
    /// Where it is written.
    pub entry: Option<EntryId>,
    /// Where it stands.
    pub standing: Standing,
    /// How often it was seen.
    pub sight: Sight,
}

/// Something that was seen and could not be laid to one edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRow {
    /// The service that was seen to do it.
    pub from: String,
    /// What it did.
    pub what: String,
    /// Why it is open.
    pub why: String,
    /// How often it was seen.
    pub sight: Sight,
}

/// The comparison. All rows are in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Services and jobs.
    pub services: Vec<ServiceRow>,
    /// Datastores, topics and externals.
    pub nodes: Vec<NodeRow>,
    /// Dependencies.
    pub edges: Vec<EdgeRow>,
    /// Entry points.
    pub entries: Vec<EntryRow>,
    /// What was seen and could not be laid to one edge.
    pub open: Vec<OpenRow>,
    /// What was received and not looked at.
    pub left_out: LeftOut,
}

/// Compares.
#[must_use]
pub fn compare(graph: &Graph, config: &Config, running: &Running) -> Comparison {
    let written = Written::new(graph, config);
    let (edges, open) = edges::compare(&written, running);
    Comparison {
        services: services(graph, running),
        nodes: nodes(graph, &edges),
        entries: entries::compare(&written, running),
        edges,
        open,
        left_out: running.left_out,
    }
}

impl Comparison {
    /// Whether the graph as it runs is the graph as it is written.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.differences() == 0
    }

    /// How much differs: services, nodes, edges, methods, and entry points that are not written.
    #[must_use]
    pub fn differences(&self) -> usize {
        let differs = |standing: Standing| matches!(standing, Standing::NotSeen | Standing::NotWritten);
        let methods = self.edges.iter().filter(|edge| edge.standing == Standing::Same).flat_map(|edge| &edge.methods);
        self.services.iter().filter(|row| differs(row.standing)).count()
            + self.nodes.iter().filter(|row| differs(row.standing)).count()
            + self.edges.iter().filter(|row| differs(row.standing)).count()
            + methods.filter(|row| differs(row.standing)).count()
            + self.entries.iter().filter(|row| row.standing == Standing::NotWritten).count()
    }
}

impl Sight {
    fn add(&mut self, tally: &Tally) {
        self.times = self.times.saturating_add(tally.times);
        self.failed = self.failed.saturating_add(tally.failed);
        let earlier = self.trace.as_ref().is_none_or(|known| tally.trace < *known);
        if earlier && !tally.trace.is_empty() {
            self.trace = Some(tally.trace.clone());
        }
    }
}

fn services(graph: &Graph, running: &Running) -> Vec<ServiceRow> {
    let mut rows: BTreeMap<&str, ServiceRow> = BTreeMap::new();
    for (id, service) in graph.services.iter().enumerate() {
        let name = service.name.as_str();
        let row = ServiceRow { name: name.to_owned(), service: Some(id), spans: 0, standing: Standing::NotSeen };
        rows.insert(name, row);
    }
    for seen in &running.services {
        let row = rows.entry(&seen.name).or_insert_with(|| ServiceRow {
            name: seen.name.clone(),
            service: None,
            spans: 0,
            standing: Standing::NotWritten,
        });
        row.spans = seen.spans;
        if row.service.is_some() {
            row.standing = Standing::Same;
        }
    }
    rows.into_values().collect()
}

/// Nodes are seen over their edges.
fn nodes(graph: &Graph, edges: &[EdgeRow]) -> Vec<NodeRow> {
    let seen: BTreeSet<&str> = edges.iter().filter(|row| row.sight.times > 0).map(|row| row.to.as_str()).collect();
    let mut rows: BTreeMap<&str, NodeRow> = BTreeMap::new();
    let used: BTreeSet<End> = graph.edges.iter().map(|edge| edge.to).collect();
    for (id, node) in graph.nodes.iter().enumerate().filter(|(id, _)| used.contains(&End::Node(*id))) {
        let standing = if seen.contains(node.id.as_str()) { Standing::Same } else { Standing::NotSeen };
        rows.insert(&node.id, NodeRow { id: node.id.clone(), node: Some(id), standing });
    }
    let is_node = |id: &str| matches!(id.split_once(':'), Some(("datastore" | "topic" | "external", _)));
    for id in seen.into_iter().filter(|id| is_node(id)) {
        rows.entry(id).or_insert_with(|| NodeRow { id: id.to_owned(), node: None, standing: Standing::NotWritten });
    }
    rows.into_values().collect()
}

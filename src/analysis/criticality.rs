//! Whether the caller fails with what it depends on: hard where a failure reaches an entry point at one place at least.
//!
//! Start-up is left out: what fails there fails before anything is promised.

use std::collections::BTreeMap;

use super::walk::{CallId, Calls};
use crate::config::Config;
use crate::graph::Graph;
use crate::graph::model::{Edge, EdgeId};

/// What the code does when a dependency fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criticality {
    /// Calls whose failure reaches the entry point that waits for them.
    pub hard: Vec<CallId>,
    /// Calls whose failure ends on the way.
    pub soft: Vec<CallId>,
    /// Calls that nobody waits for.
    pub apart: Vec<CallId>,
    /// Soft calls that are followed by another try.
    pub falls_back: bool,
    /// Whether `loadpath.yaml` says that the caller survives it.
    pub declared_optional: bool,
}

impl Criticality {
    /// `hard`, `soft`, or nothing where no call of it was seen.
    #[must_use]
    pub fn in_code(&self) -> Option<&'static str> {
        if !self.hard.is_empty() {
            return Some("hard");
        }
        (!self.soft.is_empty() || !self.apart.is_empty()).then_some("soft")
    }
}

/// Criticality of every dependency.
#[must_use]
pub fn criticality(graph: &Graph, config: &Config, calls: &Calls<'_>) -> Vec<Criticality> {
    let mut all: BTreeMap<EdgeId, Criticality> = BTreeMap::new();
    for (id, call) in calls.all.iter().enumerate() {
        if graph.entries[call.entry].kind == "startup" {
            continue;
        }
        let of = all.entry(call.edge).or_default();
        of.falls_back |= call.falls_back;
        match (call.waited, call.hard) {
            (false, _) => of.apart.push(id),
            (true, true) => of.hard.push(id),
            (true, false) => of.soft.push(id),
        }
    }
    (0..graph.edges.len())
        .map(|id| {
            let mut of = all.remove(&id).unwrap_or_default();
            of.declared_optional = is_optional(graph, config, &graph.edges[id]);
            of
        })
        .collect()
}

fn is_optional(graph: &Graph, config: &Config, edge: &Edge) -> bool {
    config.optional.iter().any(|optional| {
        let kind = optional.kind.is_none_or(|kind| format!("{kind:?}").to_lowercase() == edge.kind);
        let id = graph.id_of(edge.to);
        let to = [graph.name_of(edge.to), id, id.split_once(':').map_or(id, |(_, rest)| rest)];
        kind && fits(&optional.from, &graph.services[edge.from].name) && to.iter().any(|to| fits(&optional.to, to))
    })
}

/// Whether a name is the one that is meant: `*` stands for any part of it.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

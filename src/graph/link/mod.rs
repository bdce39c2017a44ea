//! Joins facts to entities: one linker per joint.
//!
//! `environments` says which deployments hold, `running` what runs in them, `matching` which binary that is, and `units` makes
//! the services of it; `reach` follows each from its `main` under its own roles;
//! `values` evaluates symbolic values under its own variables; `targets` finds who answers at an address; `calls`,
//! `stores` and `topics` make the edges.

mod calls;
mod declared;
mod edges;
mod environments;
mod matching;
mod reach;
mod routes;
mod running;
mod stores;
mod targets;
mod topics;
mod units;
mod values;

use crate::config::Config;
use crate::facts::Facts;

use super::model::{EntryPoint, Graph};

pub use environments::{active_environments, is_scaffolding};
pub use targets::{Address, is_loopback, parse};
pub use topics::may_be;
pub use values::evaluate;

/// What all linkers share.
pub(crate) struct Linker<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The settings.
    pub config: &'a Config,
    /// Indices of the environments that hold.
    pub environments: Vec<usize>,
    /// Indices of the compose services that hold.
    pub compose: Vec<usize>,
    /// Contracts by their squashed name: how code spells it to how the proto does.
    pub contracts: calls::Contracts,
    /// The graph as far as it is made.
    pub graph: Graph,
    /// Edges as far as they are made.
    pub edges: edges::Edges,
}

/// Makes the graph.
#[must_use]
pub fn link(facts: &Facts, config: &Config) -> Graph {
    let environments = active_environments(facts, config);
    let environment = environments.first().map_or_else(String::new, |id| facts.kubernetes[*id].name.clone());
    let system = config.name.clone().unwrap_or_else(|| facts.project.clone());
    let graph = Graph { system, environment, ..Graph::default() };
    let contracts = calls::Contracts::new(facts);
    let compose = environments::active_compose(facts);
    let mut linker = Linker { facts, config, environments, compose, contracts, graph, edges: edges::Edges::default() };
    linker.graph.services = units::units(&linker);
    reach::reach(&mut linker);
    calls::serve(&mut linker);
    calls::link(&mut linker);
    stores::link(&mut linker);
    topics::link(&mut linker);
    topics::outside(&mut linker);
    declared::link(&mut linker);
    finish(linker)
}

/// Sorts what was made, and moves edges into the graph.
fn finish(linker: Linker<'_>) -> Graph {
    let Linker { mut graph, edges, .. } = linker;
    edges.into_graph(&mut graph);
    graph.unresolved.sort();
    graph.unresolved.dedup();
    for id in 0..graph.services.len() {
        let entries: Vec<usize> =
            (0..graph.entries.len()).filter(|entry| graph.entries[*entry].service == id).collect();
        graph.services[id].entries = entries;
    }
    graph
}

/// The id of an entry point.
pub(crate) fn entry_id(service: &str, entry: &crate::facts::rust::EntryPoint) -> String {
    format!("{service}/{}", entry.name)
}

impl Linker<'_> {
    /// Adds an entry point of a service.
    pub(crate) fn add_entry(&mut self, service: usize, entry: &crate::facts::rust::EntryPoint) {
        let id = entry_id(&self.graph.services[service].name, entry);
        if self.graph.entries.iter().any(|known| known.id == id && known.service == service && known.kind == entry.kind)
        {
            return;
        }
        self.graph.entries.push(EntryPoint {
            id,
            service,
            kind: entry.kind.clone(),
            name: entry.name.clone(),
            contract: entry.contract.clone(),
            function: entry.function,
            streams: entry.streams,
            at: entry.at.clone(),
        });
    }
}

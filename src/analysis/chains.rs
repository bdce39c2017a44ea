//! What is derived along chains of calls, put together once for all entry points and dependencies.

use super::availability::{Availability, availabilities};
use super::contexts::Contexts;
use super::criticality::{Criticality, criticality};
use super::cycles::cycles;
use super::deadlines::{Limit, Reader, Wait, tightest};
use super::depth::{Depth, depths};
use super::mesh;
use super::retries::{self, Amplification, Fit};
use super::walk::Calls;
use super::worst::{self, Cost};
use crate::config::Config;
use crate::facts::Facts;
use crate::graph::Graph;
use crate::graph::model::EdgeId;

/// All of it: by entry point and by dependency, in the graph's order.
#[derive(Debug, Default)]
pub struct Chains<'a> {
    /// The calls.
    pub calls: Calls<'a>,
    /// Criticality of each dependency.
    pub criticality: Vec<Criticality>,
    /// One shortest cycle of each circle of services.
    pub cycles: Vec<Vec<EdgeId>>,
    /// Depth of each entry point.
    pub depths: Vec<Depth>,
    /// Attempts below each entry point.
    pub amplifications: Vec<Amplification>,
    /// Availability of each entry point.
    pub availabilities: Vec<Availability>,
    /// How long each entry point can hold its caller.
    pub busy: Vec<Cost>,
    /// The limit that each entry point works under.
    pub inbound: Vec<Limit>,
    /// The tightest call of each dependency.
    pub tightest: Vec<Option<Wait>>,
    /// The retry of each dependency that fits least.
    pub fits: Vec<Option<Fit>>,
}

impl<'a> Chains<'a> {
    /// Derives everything.
    #[must_use]
    pub fn new(facts: &'a Facts, graph: &'a Graph, config: &'a Config, contexts: &Contexts) -> Self {
        let calls = Calls::new(facts, graph, config);
        let reader = Reader { facts, graph, config };
        let criticality = criticality(graph, config, &calls);
        let optional: Vec<bool> = criticality.iter().map(|of| of.declared_optional).collect();
        let busy = worst::busy(reader);
        let edges = 0..graph.edges.len();
        Self {
            cycles: cycles(graph, contexts, &calls),
            depths: depths(graph, &calls, &optional),
            amplifications: retries::amplifications(reader, &calls, &mesh::attempts(facts, graph)),
            availabilities: availabilities(graph, config, &calls, &optional),
            inbound: (0..graph.entries.len()).map(|entry| reader.inbound(&calls, entry)).collect(),
            tightest: edges.clone().map(|edge| tightest(reader, &calls, |entry| busy[entry].ms, edge)).collect(),
            fits: edges.map(|edge| retries::fit(reader, &calls, edge)).collect(),
            criticality,
            busy,
            calls,
        }
    }
}

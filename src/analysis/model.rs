//! What analyses read and rules judge: facts, graph, settings, and what was derived from them.

use super::chains::Chains;
use super::connections::{Demand, demands};
use super::contexts::Contexts;
use super::deployed::Deployed;
use super::messaging::Messaging;
use super::opened::{Opened, opened};
use super::protos::Protos;
use super::sites::{Site, sites};
use super::statements::{StatementSite, statements};
use super::tables::{TableSite, tables};
use super::workloads::{WorkloadSite, workloads};
use crate::config::Config;
use crate::facts::Facts;
use crate::graph::{Graph, Known, Service};

/// One reviewed state of a project.
#[derive(Debug)]
pub struct Model<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The graph.
    pub graph: &'a Graph,
    /// The settings.
    pub config: &'a Config,
    /// The facts of the base revision, when a change is judged.
    pub base: Option<&'a Facts>,
    /// Where effects and steps run.
    pub contexts: Contexts,
    /// The places in code that are judged as effects.
    pub sites: Vec<Site>,
    /// What is derived along chains of calls.
    pub chains: Chains<'a>,
    /// Elements of protos, and those of the base.
    pub protos: Protos<'a>,
    /// What the manifests deploy.
    pub deployed: Deployed,
    /// Workloads that run services.
    pub workloads: Vec<WorkloadSite>,
    /// Ends of topics.
    pub messaging: Messaging,
    /// Pools and store clients of services.
    pub opened: Vec<Opened>,
    /// Connections that are opened to each server.
    pub demands: Vec<Demand>,
    /// Tables of datastores.
    pub tables: Vec<TableSite>,
    /// Queries, migration statements and store commands.
    pub statements: Vec<StatementSite>,
}

impl<'a> Model<'a> {
    /// Derives everything.
    #[must_use]
    pub fn new(facts: &'a Facts, graph: &'a Graph, config: &'a Config, base: Option<&'a Facts>) -> Self {
        let contexts = Contexts::new(facts, graph);
        let sites = sites(facts, &contexts);
        let chains = Chains::new(facts, graph, config, &contexts);
        let mut model = Self {
            facts,
            graph,
            config,
            base,
            contexts,
            sites,
            chains,
            protos: Protos::new(facts, base),
            deployed: Deployed::default(),
            workloads: Vec::new(),
            messaging: Messaging::default(),
            opened: Vec::new(),
            demands: Vec::new(),
            tables: Vec::new(),
            statements: Vec::new(),
        };
        model.deployed = Deployed::new(&model);
        model.workloads = workloads(&model);
        model.messaging = Messaging::new(&model);
        model.opened = opened(&model);
        model.demands = demands(&model);
        model.tables = tables(&model);
        model.statements = statements(&model);
        model
    }

    /// A symbolic value as a service sees it.
    #[must_use]
    pub fn known(&self, service: &Service, value: &crate::facts::Value) -> Known {
        crate::graph::link::evaluate(self.facts, self.config, service, value)
    }
}

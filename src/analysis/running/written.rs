//! The graph, looked up by what a trace names: services, and what goes out of each.

use std::collections::BTreeMap;

use super::fits::host;
use crate::config::Config;
use crate::graph::model::{Edge, EdgeId, ServiceId};
use crate::graph::{Graph, Service};

/// What is written.
pub(super) struct Written<'g> {
    pub(super) graph: &'g Graph,
    pub(super) config: &'g Config,
    by_name: BTreeMap<&'g str, ServiceId>,
    out: BTreeMap<ServiceId, Vec<EdgeId>>,
}

impl<'g> Written<'g> {
    pub(super) fn new(graph: &'g Graph, config: &'g Config) -> Self {
        let mut out: BTreeMap<ServiceId, Vec<EdgeId>> = BTreeMap::new();
        for (id, edge) in graph.edges.iter().enumerate() {
            out.entry(edge.from).or_default().push(id);
        }
        let names = graph.services.iter().enumerate().rev();
        Self { graph, config, by_name: names.map(|(id, of)| (of.name.as_str(), id)).collect(), out }
    }

    /// The service of that name.
    pub(super) fn service(&self, name: &str) -> Option<ServiceId> {
        self.by_name.get(name).copied()
    }

    /// The service that an address names: `price`, `price:50051`, `price.shop.svc`.
    pub(super) fn service_at(&self, address: &str) -> Option<&'g Service> {
        let host = host(address);
        let label = host.split('.').next().unwrap_or(host);
        let id = self.service(host).or_else(|| self.service(label))?;
        self.graph.services.get(id)
    }

    /// Edges that go out of a service.
    pub(super) fn out_of(&self, service: ServiceId) -> impl Iterator<Item = (EdgeId, &'g Edge)> {
        let edges = self.out.get(&service).into_iter().flatten();
        edges.filter_map(|id| Some((*id, self.graph.edges.get(*id)?)))
    }
}

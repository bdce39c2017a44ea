//! What runs where: services in their namespaces with the workloads that run them, and what they depend on.

use std::collections::BTreeMap;

use super::{Builder, View};
use crate::graph::{Edge, End, Graph, Service};

/// The group of services that no manifest and no compose file runs.
const NOT_DEPLOYED: &str = "not deployed";

/// Every service in the namespace that runs it, with its workloads, and everything that it depends on.
#[must_use]
pub fn deployment(graph: &Graph) -> View {
    let mut builder = homes(graph);
    builder.edges(graph, graph.edges.iter().enumerate());
    builder.view
}

/// Every service in the namespace that runs it, with its workloads, and which services it calls: what
/// keeps data is left out.
#[must_use]
pub fn placed(graph: &Graph) -> View {
    let mut builder = homes(graph);
    let calls = |edge: &Edge| edge.is_sync() && matches!(edge.to, End::Service(_));
    builder.edges(graph, graph.edges.iter().enumerate().filter(|(_, edge)| calls(edge)));
    builder.view
}

fn homes(graph: &Graph) -> Builder {
    let place = if graph.environment.is_empty() { String::new() } else { format!(" in {}", graph.environment) };
    let mut builder = Builder::new(format!("Deployment of {}{place}", graph.system));
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (id, service) in graph.services.iter().enumerate() {
        groups.entry(home(service)).or_default().push(id);
    }
    for (name, services) in &groups {
        let group = builder.group(name);
        for id in services {
            let node = builder.end(graph, End::Service(*id));
            let box_ = &mut builder.view.nodes[node];
            box_.group = Some(group);
            let service = &graph.services[*id];
            let home = service.workload_names.first().and_then(|name| namespace(name));
            box_.label.extend(service.workload_names.iter().map(|workload| within(workload, home)));
        }
    }
    builder
}

/// The namespace of the first workload; a service that several run shows them all, at home in the first.
fn home(service: &Service) -> String {
    match service.workload_names.first().map(|name| namespace(name)) {
        Some(Some(namespace)) => format!("namespace {namespace}"),
        Some(None) => "no namespace stated".to_owned(),
        None if service.compose.is_empty() => NOT_DEPLOYED.to_owned(),
        None => "compose".to_owned(),
    }
}

/// The namespace of `Kind/namespace/name`.
fn namespace(workload: &str) -> Option<&str> {
    workload.split('/').nth(1).filter(|namespace| !namespace.is_empty())
}

/// A workload as its home calls it: elsewhere, its namespace is part of the name.
fn within(workload: &str, home: Option<&str>) -> String {
    match workload.split('/').collect::<Vec<_>>().as_slice() {
        [kind, namespace, name] if namespace.is_empty() || home == Some(namespace) => format!("{kind} {name}"),
        [kind, namespace, name] => format!("{kind} {namespace}/{name}"),
        _ => workload.to_owned(),
    }
}

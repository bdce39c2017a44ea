//! Clients of a dependency to the Kubernetes Services that they name: what stands behind the host in their address, as
//! the cluster of their own workload resolves it.
//!
//! Source: the Kubernetes documentation, "DNS for Services and Pods". A host that can be public, or that lies in a
//! namespace of which the manifests hold nothing, is not judged.

use std::collections::BTreeSet;

use super::Model;
use crate::config::Config;
use crate::facts::deployment::{Environment, KubernetesService, Workload};
use crate::facts::rust::ClientId;
use crate::graph::link::{Address, active_environments, is_loopback, parse};
use crate::graph::model::{EdgeId, End, HOLE, ServiceId};
use crate::span::Span;

/// A client of a dependency, at one address in one environment.
#[derive(Clone, Debug)]
pub struct Addressed<'a> {
    /// The client.
    pub client: ClientId,
    /// The environment of the caller.
    pub environment: &'a Environment,
    /// The caller's workload.
    pub caller: &'a Workload,
    /// Host and port.
    pub address: Address,
    /// What the host is there.
    pub host: Host<'a>,
    /// Where the address is set.
    pub at: Span,
}

/// What a host is in a cluster.
#[derive(Clone, Debug)]
pub enum Host<'a> {
    /// A Service.
    Service(&'a KubernetesService),
    /// The name of a Service that only another namespace has.
    Elsewhere(&'a KubernetesService),
    /// The name of a Service that nothing makes.
    Nobody,
    /// Not a name of this cluster, or of a part of it that the files do not hold.
    Foreign,
    /// The name of no Service that is seen, where not all are: why.
    Unseen(&'a str),
}

/// All clients of a dependency, by address.
#[must_use]
pub fn addressed<'a>(model: &Model<'a>, edge: EdgeId) -> Vec<Addressed<'a>> {
    let of = &model.graph.edges[edge];
    let from = &model.graph.services[of.from];
    let clients: BTreeSet<ClientId> =
        of.effects.iter().flat_map(|id| model.facts.rust.effects[*id].clients.iter().copied()).collect();
    let mut all = Vec::new();
    for client in clients {
        let built = &model.facts.rust.clients[client];
        let known = model.known(from, &built.address);
        let at = known.at.first().unwrap_or(&built.at);
        for (environment, caller) in workloads(model, of.from) {
            let mut found = Vec::new();
            for text in known.texts.iter().flat_map(|text| urls(text)) {
                let address = parse(text);
                let host = host(model, environment, caller, &address.host);
                found.push(Addressed { client, environment, caller, address, host, at: at.clone() });
            }
            all.extend(of_callee(model, of.to, found));
        }
    }
    all
}

/// The URLs of a text: a client that balances may be given several.
fn urls(text: &str) -> Vec<&str> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if parts.iter().all(|part| part.contains("://")) { parts } else { vec![text] }
}

/// Of the addresses of one client those that may be meant in a call of this callee: of code that many clients are built by,
/// all addresses are known, and not which of them is whose. One that leads to another service of the project is that one's.
fn of_callee<'a>(model: &Model<'a>, callee: End, all: Vec<Addressed<'a>>) -> Vec<Addressed<'a>> {
    let End::Service(callee) = callee else { return all };
    let leads_to = |of: &Addressed<'_>, service: ServiceId| match of.host {
        Host::Service(found) | Host::Elsewhere(found) => {
            workloads(model, service).iter().any(|(_, workload)| super::deployed::selects(found, workload))
        }
        _ => false,
    };
    if all.len() < 2 {
        return all;
    }
    if all.iter().any(|of| leads_to(of, callee)) {
        return all.into_iter().filter(|of| leads_to(of, callee)).collect();
    }
    let others = 0..model.graph.services.len();
    let elsewhere = |of: &Addressed<'_>| others.clone().any(|service| leads_to(of, service));
    if all.iter().all(elsewhere) { all } else { all.into_iter().filter(|of| !elsewhere(of)).collect() }
}

/// The workloads of a service, with their environments.
#[must_use]
pub fn workloads<'a>(model: &Model<'a>, service: ServiceId) -> Vec<(&'a Environment, &'a Workload)> {
    let mut places: Vec<(usize, usize)> = model.graph.services[service]
        .workloads
        .iter()
        .map(|(environment, workload, _)| (*environment, *workload))
        .collect();
    places.sort_unstable();
    places.dedup();
    let facts = model.facts;
    let parts = |(environment, workload): (usize, usize)| {
        let environment = &facts.kubernetes[environment];
        (environment, &environment.workloads[workload])
    };
    places.into_iter().map(parts).collect()
}

/// Pods of an environment that a Service selects.
pub fn behind<'a>(environment: &'a Environment, service: &'a KubernetesService) -> impl Iterator<Item = &'a Workload> {
    environment.workloads.iter().filter(|workload| super::deployed::selects(service, workload))
}

fn host<'a>(model: &Model<'a>, environment: &'a Environment, caller: &Workload, host: &str) -> Host<'a> {
    if !is_name(host) || is_stated(model.config, host) {
        return Host::Foreign;
    }
    let partial = model.facts.kubernetes.iter().find(|of| of.partial);
    match (in_cluster(environment, caller, host), partial) {
        (Host::Service(_), _) if environment.partial => Host::Foreign,
        // What is deployed beside it, from another folder into the same namespace.
        (Host::Nobody, _) if beside(model, environment, caller, host) => Host::Foreign,
        // What nobody is seen to have may stand in a part that is not seen.
        (Host::Nobody | Host::Elsewhere(_), Some(part)) => Host::Unseen(&part.partial_because),
        (host, _) => host,
    }
}

/// Whether another environment that holds beside this one has a Service of that name in the same namespace.
fn beside(model: &Model<'_>, environment: &Environment, caller: &Workload, host: &str) -> bool {
    active_environments(model.facts, model.config)
        .into_iter()
        .map(|id| &model.facts.kubernetes[id])
        .filter(|other| other.path != environment.path)
        .any(|other| matches!(in_cluster(other, caller, host), Host::Service(_)))
}

/// Whether `loadpath.yaml` says who is behind a host: then the cluster need not.
fn is_stated(config: &Config, host: &str) -> bool {
    let known = |of: &String| of == host;
    config.mappings.hosts.keys().any(known) || config.externals.values().any(|of| of.hosts.iter().any(known))
}

fn in_cluster<'a>(environment: &'a Environment, caller: &Workload, host: &str) -> Host<'a> {
    let labels: Vec<&str> = host.split('.').collect();
    let namespaces = namespaces(environment);
    let own = caller.meta.namespace.as_str();
    let in_namespace = |name: &str, namespace: &str| {
        environment.services.iter().find(|of| {
            let there = of.meta.namespace.as_str();
            of.meta.name == name && (there == namespace || there.is_empty() || namespace.is_empty())
        })
    };
    let (name, namespace, pod_name) = match labels.as_slice() {
        [name] => (*name, own, None),
        [name, namespace] | [name, namespace, "svc", ..] => (*name, *namespace, None),
        [_, name, namespace, "svc", ..] => (*name, *namespace, Some(())),
        _ => return Host::Foreign,
    };
    if let Some(service) = in_namespace(name, namespace) {
        return Host::Service(service);
    }
    // `pod.service` of a StatefulSet.
    if let [_, service] = labels.as_slice()
        && let Some(service) = in_namespace(service, own)
    {
        return Host::Service(service);
    }
    // An operator makes Services named after the objects that it looks after: `shop` gives `shop-kafka-bootstrap`.
    let begins = |with: &str| name.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let made = |of: &crate::facts::deployment::OtherObject| {
        let clusters = of.meta.labels.iter().filter(|(key, _)| key.ends_with("/cluster")).map(|(_, value)| value);
        begins(&of.meta.name) || clusters.into_iter().any(|cluster| begins(cluster))
    };
    if environment.others.iter().any(made) {
        return Host::Foreign;
    }
    let stated = labels.len() == 1 || pod_name.is_some() || labels.contains(&"svc");
    match environment.services.iter().find(|of| of.meta.name == name) {
        Some(other) if labels.len() == 1 => Host::Elsewhere(other),
        _ if !stated && !namespaces.contains(namespace) => Host::Foreign,
        _ if !namespace.is_empty() && !namespaces.contains(namespace) => Host::Foreign,
        _ => Host::Nobody,
    }
}

/// Namespaces of which the environment holds something.
fn namespaces(environment: &Environment) -> BTreeSet<&str> {
    let workloads = environment.workloads.iter().map(|of| of.meta.namespace.as_str());
    let services = environment.services.iter().map(|of| of.meta.namespace.as_str());
    workloads.chain(services).collect()
}

/// Whether a host is a name, and not an address, this machine, or a text with holes.
fn is_name(host: &str) -> bool {
    !host.is_empty()
        && !is_loopback(host)
        && !host.contains([HOLE, ':', '/', '[', '{', '$'])
        && host.parse::<std::net::IpAddr>().is_err()
        && host.chars().any(|c| c.is_ascii_alphabetic())
}

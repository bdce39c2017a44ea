//! What a mesh does on its own: the retries of mesh routes, by the service that they lead to; what its rules for hosts
//! bound, stop and encrypt.
//!
//! Of retries, only what a route states counts; what a mesh does where nothing is stated retries only requests that were not sent.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use crate::facts::Facts;
use crate::facts::deployment::{Environment, OtherObject, RouteRule};
use crate::facts::rust::What;
use crate::graph::Graph;
use crate::graph::link::parse;
use crate::graph::model::{EdgeId, HOLE, ServiceId};
use crate::span::Span;

/// Attempts on each try of a caller, the first included, and where that is stated.
pub type Attempts = BTreeMap<ServiceId, (i64, Span)>;

/// Of every service that a mesh route leads to. Where several rules lead to it, the one with the fewest attempts counts:
/// which of them a request takes is not known.
#[must_use]
pub fn attempts(facts: &Facts, graph: &Graph) -> Attempts {
    let mut all: BTreeMap<ServiceId, Option<(i64, Span)>> = BTreeMap::new();
    for (index, environment) in facts.kubernetes.iter().enumerate() {
        for route in environment.routes.iter().filter(|route| route.meta.kind == "VirtualService") {
            // A route that is bound to gateways holds for what comes in through them, not between services.
            if !route.class.is_empty() && !route.class.split(',').any(|gateway| gateway.trim() == "mesh") {
                continue;
            }
            for rule in &route.rules {
                let stated = rule.retries.as_ref().map(|retries| (retries.value.max(0) + 1, retries.at.clone()));
                for service in led_to(graph, index, environment, rule) {
                    let known = all.entry(service).or_insert_with(|| stated.clone());
                    let fewer = match (&stated, &*known) {
                        (Some((new, _)), Some((old, _))) => new < old,
                        (None, _) => true,
                        (Some(_), None) => false,
                    };
                    if fewer {
                        known.clone_from(&stated);
                    }
                }
            }
        }
    }
    all.into_iter().filter_map(|(service, stated)| Some((service, stated?))).collect()
}

/// Whether the mesh bounds the calls of a dependency, or stops them while they fail.
#[must_use]
pub fn breaks(model: &Model<'_>, edge: EdgeId) -> bool {
    ruled(model, edge, |rule| {
        rule.fields.keys().any(|name| name.contains("outlierDetection.") || name.contains("connectionPool."))
    })
}

/// Whether the mesh encrypts what a dependency sends in the clear.
#[must_use]
pub fn encrypts(model: &Model<'_>, edge: EdgeId) -> bool {
    ruled(model, edge, |rule| {
        rule.fields.iter().any(|(name, value)| {
            name.ends_with("tls.mode") && matches!(value.value.as_str(), "SIMPLE" | "MUTUAL" | "ISTIO_MUTUAL")
        })
    })
}

/// Whether every host of a dependency has a rule of the mesh (Istio's DestinationRule) that says something.
fn ruled(model: &Model<'_>, edge: EdgeId, says: impl Fn(&OtherObject) -> bool) -> bool {
    let hosts = hosts(model, edge);
    let environments = || model.facts.kubernetes.iter().filter(|of| of.name == model.graph.environment);
    let rules: Vec<(&str, &OtherObject)> = environments()
        .flat_map(|environment| &environment.others)
        .filter(|of| of.meta.kind == "DestinationRule")
        .filter_map(|of| Some((of.fields.get("spec.host")?.value.as_str(), of)))
        .collect();
    !hosts.is_empty() && hosts.iter().all(|host| rules.iter().any(|(of, rule)| is_for(of, host) && says(rule)))
}

/// Whether a rule for a host, which may be short or begin with a wildcard, is one for this host.
fn is_for(rule: &str, host: &str) -> bool {
    match rule.strip_prefix('*') {
        Some(end) => host.ends_with(end),
        None => rule == host || (rule.contains(".svc") && rule.split('.').next() == Some(host)),
    }
}

/// The hosts in the addresses of a dependency.
fn hosts(model: &Model<'_>, edge: EdgeId) -> BTreeSet<String> {
    let of = &model.graph.edges[edge];
    let service = &model.graph.services[of.from];
    let mut hosts = BTreeSet::new();
    for effect in of.effects.iter().map(|id| &model.facts.rust.effects[*id]) {
        let url = match &effect.what {
            What::Http { url, .. } => Some(url),
            _ => None,
        };
        let clients = effect.clients.iter().map(|id| &model.facts.rust.clients[*id].address);
        for text in url.into_iter().chain(clients).flat_map(|address| model.known(service, address).texts) {
            let host = parse(&text).host;
            if !host.is_empty() && !host.contains(HOLE) {
                hosts.insert(host);
            }
        }
    }
    hosts
}

/// Services whose pods stand behind the Service that a rule names.
fn led_to(graph: &Graph, index: usize, environment: &Environment, rule: &RouteRule) -> Vec<ServiceId> {
    let name = rule.service.split('.').next().unwrap_or(&rule.service);
    let Some(service) = environment.services.iter().find(|service| service.meta.name == name) else {
        return Vec::new();
    };
    let selected = |workload: usize| {
        environment.workloads.get(workload).is_some_and(|of| {
            !service.selector.is_empty()
                && service.selector.iter().all(|(key, value)| of.pod_labels.get(key) == Some(value))
        })
    };
    (0..graph.services.len())
        .filter(|id| {
            let workloads = &graph.services[*id].workloads;
            workloads.iter().any(|(environment, workload, _)| *environment == index && selected(*workload))
        })
        .collect()
}

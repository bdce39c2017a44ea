//! Attempts that a mesh makes on its own: the retries of mesh routes, by the service that they lead to.
//!
//! Only what a route states counts; what a mesh does where nothing is stated retries only requests that were not sent.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::facts::deployment::{Environment, RouteRule};
use crate::graph::Graph;
use crate::graph::model::ServiceId;
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

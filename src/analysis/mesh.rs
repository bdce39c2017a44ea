//! What a mesh does on its own: the retries of mesh routes, by the service that they lead to; what its rules for hosts
//! bound, stop and encrypt.
//!
//! Of retries, only what a route states counts; what a mesh does where nothing is stated retries only requests that were not sent.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::idempotency::{Twice, twice};
use crate::facts::Facts;
use crate::facts::deployment::{Environment, OtherObject, Route, RouteRule};
use crate::facts::rust::{EffectId, What};
use crate::graph::Graph;
use crate::graph::link::parse;
use crate::graph::model::{EdgeId, End, HOLE, ServiceId};
use crate::span::Span;

/// Attempts on each try of a caller, the first included, and where that is stated.
pub type Attempts = BTreeMap<ServiceId, (i64, Span)>;

/// Of every service that a mesh route leads to. Where several rules lead to it, the one with the fewest attempts counts:
/// which of them a request takes is not known.
#[must_use]
pub fn attempts(facts: &Facts, graph: &Graph) -> Attempts {
    let mut all: BTreeMap<ServiceId, Option<(i64, Span)>> = BTreeMap::new();
    for (index, environment) in facts.kubernetes.iter().enumerate() {
        for route in environment.routes.iter().filter(|route| is_between_services(route)) {
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

/// Failures after which a request may have been done all the same (Envoy documentation, `x-envoy-retry-on`).
const AFTERWARDS: &[&str] = &["5xx", "gateway-error", "reset", "deadline-exceeded", "internal", "retriable-4xx"];

/// What the mesh sends again on a dependency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeated {
    /// Calls that must not be made twice, and where a route says that they are.
    pub calls: BTreeMap<String, Span>,
    /// Of a call that may be such a one: what is missing, and how to supply it.
    pub open: Option<(String, &'static str)>,
}

/// Calls of a dependency that a mesh route sends again after failures that say nothing of whether they were done.
#[must_use]
pub fn repeated(model: &Model<'_>, edge: EdgeId) -> Repeated {
    let of = &model.graph.edges[edge];
    let (mut found, End::Service(to)) = (Repeated::default(), of.to) else { return Repeated::default() };
    for (index, environment) in model.facts.kubernetes.iter().enumerate() {
        if environment.name != model.graph.environment {
            continue;
        }
        let rules = environment.routes.iter().filter(|route| is_between_services(route)).flat_map(|of| &of.rules);
        let rules: Vec<&RouteRule> =
            rules.filter(|rule| led_to(model.graph, index, environment, rule).contains(&to)).collect();
        for effect in &of.effects {
            for (verb, path) in asked(model, edge, *effect) {
                let rule = rules.iter().find(|rule| is_for_request(rule, &verb, &path));
                let Some(retries) = rule.and_then(|rule| sends_again(rule)) else { continue };
                match twice(model, *effect) {
                    Twice::Safe => {}
                    Twice::Unsafe => {
                        found.calls.insert(format!("{verb} {path}"), retries.clone());
                    }
                    Twice::Unknown(missing) => found.open = found.open.or(Some(missing)),
                }
            }
        }
    }
    found
}

/// Whether a route holds between services, and not for what comes in through gateways.
fn is_between_services(route: &Route) -> bool {
    route.meta.kind == "VirtualService"
        && (route.class.is_empty() || route.class.split(',').any(|gateway| gateway.trim() == "mesh"))
}

/// Where a rule says that a request is sent again after it may have been done.
fn sends_again(rule: &RouteRule) -> Option<&Span> {
    let retries = rule.retries.as_ref().filter(|retries| retries.value > 0)?;
    rule.retry_on.iter().any(|of| AFTERWARDS.contains(&of.as_str())).then_some(&retries.at)
}

/// Verb and path of the requests of one place.
fn asked(model: &Model<'_>, edge: EdgeId, effect: EffectId) -> Vec<(String, String)> {
    match &model.facts.rust.effects[effect].what {
        What::Grpc { contract, method } => vec![("POST".to_owned(), format!("/{contract}/{method}"))],
        What::Http { verb, .. } => {
            let all = model.graph.edges[edge].methods.iter().filter_map(|method| method.split_once(' '));
            all.filter(|(of, _)| of == verb).map(|(verb, path)| (verb.to_owned(), path.to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a rule of a route is for a request. One whose path is a pattern is taken to be for all.
fn is_for_request(rule: &RouteRule, verb: &str, path: &str) -> bool {
    let fits = match rule.path_type.as_str() {
        "Exact" => rule.path == path,
        "Prefix" => path.starts_with(&rule.path),
        _ => true,
    };
    fits && (rule.methods.is_empty() || rule.methods.iter().any(|method| method == verb))
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
